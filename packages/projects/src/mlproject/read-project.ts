import type { ProjectSpec } from '@tidemill/core'
import type { ProjectFiles } from '../project-files.ts'
import { isNull, type YamlMap, type YamlNode } from '../yaml/node.ts'
import { parseYaml } from '../yaml/parse-yaml.ts'
import { findValue, readMap, readScalar, warnAboutNearMisses } from '../yaml/read-node.ts'
import { Report } from '../yaml/report.ts'
import { findProjectFile } from './find-project-file.ts'
import { readEntryPoints } from './read-entry-points.ts'
import { readEnvironment } from './read-environment.ts'
import { readWorkflows } from './read-workflows.ts'

const KEYS = ['name', 'python_env', 'conda_env', 'docker_env', 'entry_points', 'workflows', 'databricks_spark_job']
const MAX_NAME_LENGTH = 250

/**
 * What the project's MLproject file and its environment file mean; a project without MLproject has neither entry points
 * nor workflows. Throws InvalidProjectError with every finding in both.
 */
export const readProject = async (
  files: ProjectFiles,
): Promise<{ readonly spec: ProjectSpec; readonly warnings: string[] }> => {
  const found = findProjectFile(await files.list())
  const report = new Report(found.name ?? 'MLproject')
  const text = found.name === undefined ? undefined : await files.read(found.name)
  const root = text === undefined ? EMPTY : toRoot(parseYaml(text, report), report)
  if (root === undefined) throw report.toError()
  warnAboutNearMisses(root, KEYS, report)
  const name = readName(root, report)
  const entryPoints = readEntryPoints(root, report)
  const workflows = readWorkflows(root, entryPoints, report)
  const environment = await readEnvironment(root, files, report)
  if (report.hasFindings) throw report.toError()
  return {
    spec: { ...(name === undefined ? {} : { name }), environment, entryPoints, workflows },
    warnings: [...found.warnings, ...report.warnings],
  }
}

const EMPTY: YamlMap = { kind: 'map', line: 1, column: 1, entries: [] }

const toRoot = (node: YamlNode | undefined, report: Report): YamlMap | undefined => {
  if (node === undefined) return undefined
  return isNull(node) ? EMPTY : readMap(node, 'the file', report)
}

const readName = (root: YamlMap, report: Report): string | undefined => {
  const node = findValue(root, 'name')
  const name = node === undefined ? undefined : readScalar(node, 'name', report)
  if (name === undefined || (name.length <= MAX_NAME_LENGTH && !/\p{Cc}/u.test(name))) return name
  report.error(
    node,
    `name has ${name.length} characters or control characters`,
    `use at most ${MAX_NAME_LENGTH} printable ones`,
  )
  return undefined
}
