import { didYouMean, NO_RETRY, parseDuration, type Placed, type PlacedStep } from '@tidemill/core'
import {
  describeNode,
  findEntry,
  isNull,
  type Place,
  type YamlEntry,
  type YamlMap,
  type YamlNode,
} from '../yaml/node.ts'
import { findValue, readMap, readScalar, toValueText } from '../yaml/read-node.ts'
import type { Report } from '../yaml/report.ts'

/** What backoff.ts of core lets a step wait at most. */
const MAX_RETRY_DELAY_MS = 3_600_000

const KEYS = ['entry_point', 'needs', 'parameters', 'matrix', 'retry', 'timeout']
const RETRY_KEYS = ['attempts', 'backoff', 'delay']
const IGNORED = ['cache', 'resources', 'labels', 'priority']
/** Keys that would change what runs, so that a run without them would be a wrong one. Each with what to do instead. */
const UNSUPPORTED: ReadonlyMap<string, string> = new Map([
  ['when', 'remove it, and let the entry point decide'],
  ['approve', 'remove it, or make the rest a workflow of its own and submit it after the approval'],
  ['register', 'remove it, and register the model in the entry point with mlflow.register_model'],
  ['uri', 'remove it, and use an entry point of this project'],
  ['version', 'remove it, and use an entry point of this project'],
  ['sweep', 'list the values under matrix'],
])

/** A step of a workflow. Findings leave their part out, the rest is kept so that the rules of the graph can go on. */
export const readStep = ({ key, value }: YamlEntry, report: Report): PlacedStep => {
  const placedKey = { value: key.text, line: key.line, column: key.column }
  const what = `step '${key.text}'`
  const map = readMap(value, what, report)
  if (map === undefined) return toEmptyStep(placedKey)
  checkKeys(map, what, report)
  const matrix = readMatrix(map, report)
  const timeoutMs = readTimeout(map, report)
  return {
    key: placedKey,
    entryPoint: readEntryPointName(map, key, what, report),
    needs: readNeeds(map, report),
    parameters: readStepParameters(map, report),
    retry: readRetry(map, key, report),
    ...(matrix === undefined ? {} : { matrix }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  }
}

const toEmptyStep = (key: Placed<string>): PlacedStep => ({
  key,
  entryPoint: { ...key, value: '' },
  needs: [],
  parameters: [],
  retry: { ...NO_RETRY, attempts: { ...key, value: NO_RETRY.attempts } },
})

const checkKeys = (map: YamlMap, what: string, report: Report): void => {
  for (const { key } of map.entries) {
    const instead = UNSUPPORTED.get(key.text)
    if (instead !== undefined) {
      report.error(key, `'${key.text}' of ${what} is not supported by this version`, instead)
    } else if (IGNORED.includes(key.text)) {
      report.warn(key, `'${key.text}' of ${what} is ignored by this version`)
    } else if (!KEYS.includes(key.text)) {
      const hint = didYouMean(key.text, [...KEYS, ...IGNORED]) ?? `a step has ${KEYS.join(', ')}`
      report.error(key, `unknown key '${key.text}' in ${what}`, hint)
    }
  }
}

const readEntryPointName = (map: YamlMap, key: Place, what: string, report: Report): Placed<string> => {
  const node = findValue(map, 'entry_point')
  const text = node === undefined ? undefined : readScalar(node, `entry_point of ${what}`, report)
  if (node === undefined) report.error(key, `${what} has no entry_point`, 'name an entry point of the project')
  return { value: text ?? '', line: (node ?? key).line, column: (node ?? key).column }
}

/** A list, or one name alone. */
const readNeeds = (map: YamlMap, report: Report): Placed<string>[] => {
  const node = findValue(map, 'needs')
  if (node === undefined) return []
  const items = node.kind === 'list' ? node.items : [node]
  return items.flatMap((item) => place(readScalar(item, 'an item of needs', report), item))
}

const readStepParameters = (map: YamlMap, report: Report): PlacedStep['parameters'] => {
  const node = findValue(map, 'parameters')
  const parameters = node === undefined ? undefined : readMap(node, 'parameters', report)
  return (parameters?.entries ?? []).flatMap(({ key, value }) => {
    const text = toValueText(value)
    if (text !== undefined) return [{ name: { ...key, value: key.text }, value: { ...at(value), value: text } }]
    report.error(key, `parameter '${key.text}' has no value`, 'give one, or remove it to use the default')
    return []
  })
}

const readMatrix = (map: YamlMap, report: Report): PlacedStep['matrix'] => {
  const entry = findEntry(map, 'matrix')
  if (entry === undefined) return undefined
  if (isNull(entry.value)) return { ...at(entry.key), value: [] }
  const matrix = readMap(entry.value, 'matrix', report)
  if (matrix === undefined) return undefined
  const names = matrix.entries.map(({ key, value }) => ({
    name: { ...at(key), value: key.text },
    values: readMatrixValues(key.text, value, report),
  }))
  return {
    ...at(entry.value),
    value: names.flatMap(({ name, values }) => (values === undefined ? [] : [{ name, values }])),
  }
}

const readMatrixValues = (name: string, node: YamlNode, report: Report): Placed<string>[] | undefined => {
  if (isNull(node)) return []
  if (node.kind === 'list') {
    return node.items.flatMap((item) => {
      if (isNull(item)) report.error(item, `matrix '${name}' has an empty value`, 'quote an empty text: ""')
      return place(toValueText(item), item)
    })
  }
  report.error(node, `matrix '${name}' must be a list of values, but is ${describeNode(node)}`, 'write [a, b]')
  return undefined
}

const readTimeout = (map: YamlMap, report: Report): number | undefined => {
  const ms = readDuration(map, 'timeout', report)
  if (ms?.value !== 0) return ms?.value
  report.error(ms, 'timeout is zero', 'give a duration, or remove it to run without a limit')
  return undefined
}

const readRetry = (step: YamlMap, key: Place, report: Report): PlacedStep['retry'] => {
  const none = { ...NO_RETRY, attempts: { ...at(key), value: NO_RETRY.attempts } }
  const node = findValue(step, 'retry')
  if (node === undefined) return none
  if (node.kind === 'scalar') {
    report.error(node, `retry must be a map, but is ${describeNode(node)}`, 'write retry: {attempts: 3}')
    return none
  }
  const map = readMap(node, 'retry', report)
  if (map === undefined) return none
  for (const { key: own } of map.entries.filter((entry) => !RETRY_KEYS.includes(entry.key.text))) {
    const hint = didYouMean(own.text, RETRY_KEYS) ?? `retry has ${RETRY_KEYS.join(', ')}`
    report.error(own, `unknown key '${own.text}' in retry`, hint)
  }
  const delay = readDuration(map, 'delay', report)
  if (delay !== undefined && delay.value > MAX_RETRY_DELAY_MS)
    report.error(delay, 'delay is more than an hour', 'use at most 1h')
  return {
    attempts: readAttempts(map, report) ?? none.attempts,
    backoff: readBackoff(map, report),
    delayMs: delay?.value ?? NO_RETRY.delayMs,
  }
}

const readAttempts = (map: YamlMap, report: Report): Placed<number> | undefined => {
  const node = findValue(map, 'attempts')
  if (node === undefined) return undefined
  if (node.kind === 'scalar' && /^-?\d{1,9}$/.test(node.text)) return { ...at(node), value: Number(node.text) }
  report.error(node, `attempts must be a whole number, but is ${describeNode(node)}`, 'write for example attempts: 3')
  return undefined
}

const readBackoff = (map: YamlMap, report: Report): 'fixed' | 'exponential' => {
  const node = findValue(map, 'backoff')
  if (node === undefined) return NO_RETRY.backoff
  if (node.kind === 'scalar' && (node.text === 'fixed' || node.text === 'exponential')) return node.text
  report.error(node, `backoff is ${describeNode(node)}`, 'write fixed or exponential')
  return NO_RETRY.backoff
}

const readDuration = (map: YamlMap, key: string, report: Report): Placed<number> | undefined => {
  const node = findValue(map, key)
  if (node === undefined) return undefined
  const value = node.kind === 'scalar' ? parseDuration(node.text) : undefined
  if (value !== undefined) return { ...at(node), value }
  const hint = 'write 500ms, 10s, 30m, 1h30m or a number of seconds, at most 24d'
  report.error(node, `${key} must be a duration, but is ${describeNode(node)}`, hint)
  return undefined
}

const at = ({ line, column }: Place): Place => ({ line, column })

const place = (text: string | undefined, node: Place): Placed<string>[] =>
  text === undefined ? [] : [{ ...at(node), value: text }]
