import { findNearestName } from '@tidemill/core'
import { describeNode, isNull, type YamlNode } from '../yaml/node.ts'
import { parseYaml } from '../yaml/parse-yaml.ts'
import { readMap } from '../yaml/read-node.ts'
import { Report } from '../yaml/report.ts'
import { readDependencyLines } from './dependency-line.ts'

/** A python_env.yaml (spec/mlproject.md §11.2). */
export interface PythonEnv {
  /** `3.12`, `3.12.4`; absent: whichever the builder has. */
  readonly python?: string
  /** Installed first. */
  readonly buildDependencies: readonly string[]
  /** Lines of a requirements file, `-r` and `-c` included; their files are relative to the project root. */
  readonly dependencies: readonly string[]
}

const KEYS = ['python', 'build_dependencies', 'dependencies']
const VERSION = /^(?:pypy)?\d+(?:\.\d+){0,2}[a-z]{0,3}\d{0,3}$/

/** Parses a python_env.yaml; `file` is its name in findings. Throws InvalidProjectError with every finding. */
export const parsePythonEnv = (text: string, file: string): PythonEnv => {
  const report = new Report(file)
  const env = readPythonEnv(text, report)
  if (env === undefined || report.hasFindings) throw report.toError()
  return env
}

const EMPTY: PythonEnv = { buildDependencies: [], dependencies: [] }

/** As parsePythonEnv, findings go to the report. Undefined when there is nothing to go on. */
export const readPythonEnv = (text: string, report: Report): PythonEnv | undefined => {
  const node = parseYaml(text, report)
  if (node === undefined) return undefined
  if (isNull(node)) {
    report.error(undefined, 'is empty', 'write {} for an environment without packages')
    return undefined
  }
  const map = readMap(node, 'the file', report)
  if (map === undefined) return undefined
  let env = EMPTY
  for (const { key, value } of map.entries) {
    if (key.text === 'python') {
      const python = readPython(value, report)
      if (python !== undefined) env = { ...env, python }
    } else if (key.text === 'build_dependencies') {
      env = { ...env, buildDependencies: readDependencyLines(value, key.text, report) }
    } else if (key.text === 'dependencies') {
      env = { ...env, dependencies: readDependencyLines(value, key.text, report) }
    } else {
      const nearest = findNearestName(key.text, KEYS)
      const hint = nearest === undefined ? `the keys are ${KEYS.join(', ')}` : `did you mean '${nearest}'?`
      report.error(key, `unknown key '${key.text}'`, hint)
    }
  }
  return env
}

const readPython = (node: YamlNode, report: Report): string | undefined => {
  if (isNull(node)) return undefined
  if (node.kind !== 'scalar' || node.type !== 'str') {
    // The text of 3.10 is 3.1 by then: YAML dropped the zero.
    const hint = node.kind === 'scalar' ? 'quote the version, for example python: "3.10"' : 'write python: "3.12"'
    report.error(node, `python must be a string, but is ${describeNode(node)}`, hint)
    return undefined
  }
  if (VERSION.test(node.text)) return node.text
  report.error(node, `python version '${node.text.slice(0, 60)}' is not a version`, 'write for example python: "3.12"')
  return undefined
}
