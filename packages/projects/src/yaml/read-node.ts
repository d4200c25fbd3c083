import { findNearestName, toPythonText } from '@tidemill/core'
import { describeNode, findEntry, isNull, type Place, type YamlMap, type YamlNode } from './node.ts'
import type { Report } from './report.ts'

/** The entries of a map; reports anything else, and gives undefined. `what` is for messages: `'steps'`. */
export const readMap = (node: YamlNode, what: string, report: Report): YamlMap | undefined => {
  if (node.kind === 'map') return node
  report.error(
    node,
    `${what} must be a map, but is ${describeNode(node)}`,
    'write name: value pairs, indented below it',
  )
  return undefined
}

/** A text, number, truth value or date as Python's `str()`; reports null, lists and maps. */
export const readScalar = (node: YamlNode, what: string, report: Report): string | undefined => {
  if (node.kind === 'scalar' && node.type !== 'null') return node.text
  const hint = node.kind === 'map' ? 'quote a value that starts with { or has ": " in it' : 'write one value'
  report.error(node, `${what} must be a value, but is ${describeNode(node)}`, hint)
  return undefined
}

/** A string and nothing else, as where MLflow calls a string's methods. */
export const readString = (node: YamlNode, what: string, report: Report, hint?: string): string | undefined => {
  if (node.kind === 'scalar' && node.type === 'str') return node.text
  report.error(node, `${what} must be text, but is ${describeNode(node)}`, hint ?? 'quote it')
  return undefined
}

/** The items of a list; null counts as empty. Reports anything else. */
export const readList = (node: YamlNode, what: string, report: Report): readonly YamlNode[] => {
  if (node.kind === 'list') return node.items
  if (!isNull(node)) report.error(node, `${what} must be a list, but is ${describeNode(node)}`, 'write [a, b]')
  return []
}

/**
 * A parameter's value as MLflow makes text of it: Python's `str()`, for a list or a map too. Undefined for null.
 */
export const toValueText = (node: YamlNode): string | undefined => {
  if (node.kind === 'scalar') return node.type === 'null' ? undefined : node.text
  return toPythonRepr(node)
}

/** Keys that MLflow ignores are allowed; one that looks like a slip of a known key gets a warning. */
export const warnAboutNearMisses = (map: YamlMap, known: readonly string[], report: Report): void => {
  for (const { key } of map.entries) {
    if (known.includes(key.text)) continue
    const nearest = key.text.startsWith('type ') ? 'type' : findNearestName(key.text, known)
    if (nearest !== undefined && !map.entries.some((entry) => entry.key.text === nearest)) {
      report.warn(key, `the key '${key.text}' is ignored`, `did you mean '${nearest}'?`)
    }
  }
}

/** The value of a key; undefined when it is missing or null. */
export const findValue = (map: YamlMap, key: string): (YamlNode & { readonly key: Place }) | undefined => {
  const entry = findEntry(map, key)
  return entry === undefined || isNull(entry.value) ? undefined : { ...entry.value, key: entry.key }
}

const toPythonRepr = (node: YamlNode): string => {
  if (node.kind === 'list') return `[${node.items.map(toPythonRepr).join(', ')}]`
  if (node.kind === 'map') {
    return `{${node.entries.map(({ key, value }) => `${toPythonText(key.text)}: ${toPythonRepr(value)}`).join(', ')}}`
  }
  if (node.type === 'null') return 'None'
  return node.type === 'str' || node.type === 'date' ? toPythonText(node.text) : node.text
}
