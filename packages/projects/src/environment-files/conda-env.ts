import { describeNode, findEntry, isNull, type YamlMap, type YamlNode, type YamlScalar } from '../yaml/node.ts'
import { parseYaml } from '../yaml/parse-yaml.ts'
import { findValue, readList, readMap } from '../yaml/read-node.ts'
import { Report } from '../yaml/report.ts'
import { readDependencyLines } from './dependency-line.ts'

/** A conda environment file, its parts told apart as MLflow does to install it without conda (spec/mlproject.md §11.4). */
export interface CondaEnv {
  /** From `python=3.12`; absent: whichever the builder has. */
  readonly python?: string
  readonly channels: readonly string[]
  /** What only conda can install. */
  readonly condaDependencies: readonly string[]
  /** pip, setuptools and wheel, as pip writes versions. */
  readonly buildDependencies: readonly string[]
  /** Lines of a requirements file. */
  readonly pipDependencies: readonly string[]
}

const CONVERTIBLE = /^(python|pip|setuptools|wheel)(?:(<=|>=|==|!=|=|<|>)?([\d.]+)?)?$/
const COMPARATORS = ['<=', '>=', '=', '==']
const MAX_ITEM_LENGTH = 500
const EMPTY: CondaEnv = {
  channels: [],
  condaDependencies: [],
  buildDependencies: [],
  pipDependencies: [],
}

/** Parses a conda.yaml; `file` is its name in findings. Throws InvalidProjectError with every finding. */
export const parseCondaEnv = (text: string, file: string): CondaEnv => {
  const report = new Report(file)
  const env = readCondaEnv(text, report)
  if (env === undefined || report.hasFindings) throw report.toError()
  return env
}

/** True when the environment needs no conda: Python itself and packages that pip installs. */
export const isPipOnly = (env: CondaEnv): boolean => env.condaDependencies.length === 0

/** As parseCondaEnv, findings go to the report. Undefined when there is nothing to go on. */
export const readCondaEnv = (text: string, report: Report): CondaEnv | undefined => {
  const node = parseYaml(text, report)
  if (node === undefined) return undefined
  if (isNull(node)) return EMPTY
  const map = readMap(node, 'the file', report)
  if (map === undefined) return undefined
  const parts = {
    python: undefined as string | undefined,
    condaDependencies: [] as string[],
    buildDependencies: [] as string[],
    pipDependencies: [] as string[],
  }
  const dependencies = findValue(map, 'dependencies')
  for (const item of dependencies === undefined ? [] : readList(dependencies, 'dependencies', report)) {
    if (item.kind === 'scalar' && item.type === 'str') readPackage(item, parts, report)
    else if (isPipPart(item)) parts.pipDependencies = readPipPart(item, report)
    else {
      const message = `Invalid conda dependency: ${describeNode(item)}. Must be str or dict in the form of {"pip": [...]}`
      report.error(item, message, 'write name=version, or pip: with a list below it')
    }
  }
  const { python, ...rest } = parts
  return { ...rest, ...(python === undefined ? {} : { python }), channels: readChannels(map, report) }
}

const readPackage = (
  item: YamlScalar,
  parts: { python: string | undefined; condaDependencies: string[]; buildDependencies: string[] },
  report: Report,
): void => {
  const text = item.text
  if (text.length > MAX_ITEM_LENGTH || /\p{Cc}/u.test(text)) {
    report.error(item, 'a dependency is too long or has control characters', 'write name=version')
    return
  }
  const [, name, operator, version] = CONVERTIBLE.exec(text) ?? []
  if (name === undefined) {
    parts.condaDependencies.push(text)
  } else if (name !== 'python') {
    parts.buildDependencies.push(`${name}${operator === '=' ? '==' : (operator ?? '')}${version ?? ''}`)
  } else if (operator === undefined || version === undefined) {
    const message = `Invalid dependency for python: ${text}. It must be pinned (e.g. python=3.8.13).`
    report.error(item, message, 'write for example python=3.12')
  } else if (!COMPARATORS.includes(operator)) {
    const message = `Invalid version comparator for python: '${operator}'. Must be one of ['<=', '>=', '=', '=='].`
    report.error(item, message, 'write for example python=3.12')
  } else {
    parts.python ??= version
  }
}

const isPipPart = (node: YamlNode): node is YamlMap => node.kind === 'map' && findEntry(node, 'pip') !== undefined

const readPipPart = (map: YamlMap, report: Report): string[] => {
  const lines = findValue(map, 'pip')
  return lines === undefined ? [] : readDependencyLines(lines, 'pip', report)
}

const readChannels = (map: YamlMap, report: Report): string[] => {
  const node = findValue(map, 'channels')
  if (node === undefined) return []
  return readList(node, 'channels', report).flatMap((item) => {
    if (item.kind === 'scalar' && item.type === 'str' && item.text.length <= MAX_ITEM_LENGTH) return [item.text]
    report.error(item, `a channel must be text, but is ${describeNode(item)}`, 'write a name or a URL')
    return []
  })
}
