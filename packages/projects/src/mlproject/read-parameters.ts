import { findValueProblem, type EntryPointParameter } from '@tidemill/core'
import { describeNode, findEntry, isNull, type YamlEntry, type YamlMap, type YamlNode } from '../yaml/node.ts'
import { findValue, readMap, readScalar, toValueText, warnAboutNearMisses } from '../yaml/read-node.ts'
import type { Report } from '../yaml/report.ts'

const DEFAULT_TYPE = 'string'
/** MLflow's limit of a param key, which each of them becomes. */
const MAX_NAME_LENGTH = 250

/** The `parameters` of an entry point or a workflow (spec/mlproject.md §3.3). `owner` is for messages. */
export const readParameters = (owner: YamlMap, ownerName: string, report: Report): EntryPointParameter[] => {
  const entry = findEntry(owner, 'parameters')
  if (entry === undefined) return []
  const what = `parameters of ${ownerName}`
  if (isNull(entry.value)) {
    report.error(entry.key, `${what} is empty`, 'list parameters below it, or remove the key')
    return []
  }
  const map = readMap(entry.value, what, report)
  return (map?.entries ?? []).flatMap((parameter) => {
    const read = readParameter(parameter, report)
    return read === undefined ? [] : [read]
  })
}

const readParameter = ({ key, value }: YamlEntry, report: Report): EntryPointParameter | undefined => {
  const name = key.text
  if (name.length > MAX_NAME_LENGTH || /\p{Cc}/u.test(name)) {
    report.error(
      key,
      `parameter name '${name.slice(0, 60)}' is not allowed`,
      `at most ${MAX_NAME_LENGTH} characters, all printable`,
    )
    return undefined
  }
  if (value.kind === 'scalar' && value.type === 'str') return { name, type: value.text }
  const map = readDeclaration(value, name, report)
  if (map === undefined) return undefined
  warnAboutNearMisses(map, ['type', 'default'], report)
  const typeNode = findValue(map, 'type')
  const type = typeNode === undefined ? undefined : readScalar(typeNode, `type of parameter '${name}'`, report)
  const defaultNode = findValue(map, 'default')
  const fallback = defaultNode === undefined ? undefined : toValueText(defaultNode)
  if (defaultNode !== undefined && fallback !== undefined) {
    // MLflow checks a default's URI scheme only when the default is used, so a project with a bad one may still run.
    const problem = findValueProblem({ name, type: DEFAULT_TYPE }, fallback)
    if (problem !== undefined) report.error(defaultNode, problem)
  }
  return { name, type: type ?? DEFAULT_TYPE, ...(fallback === undefined ? {} : { default: fallback }) }
}

const readDeclaration = (value: YamlNode, name: string, report: Report): YamlMap | undefined => {
  if (value.kind === 'map') return value
  report.error(
    value,
    `parameter '${name}' must be a type or a map, but is ${describeNode(value)}`,
    value.kind === 'scalar' && value.type !== 'null'
      ? `write ${name}: {type: ${value.type === 'int' || value.type === 'float' ? value.type : DEFAULT_TYPE}, default: ${value.text}}`
      : `write ${name}: string, or ${name}: {type: string, default: VALUE}`,
  )
  return undefined
}
