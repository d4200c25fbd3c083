import type { ProjectEnvironment } from '@tidemill/core'
import { readCondaEnv } from '../environment-files/conda-env.ts'
import { listRequirementFiles } from '../environment-files/dependency-line.ts'
import { readPythonEnv } from '../environment-files/python-env.ts'
import type { ProjectFiles } from '../project-files.ts'
import type { Place, YamlMap } from '../yaml/node.ts'
import { findValue, readString } from '../yaml/read-node.ts'
import { Report } from '../yaml/report.ts'
import { readDockerEnvironment } from './read-docker-environment.ts'

const KEYS = ['docker_env', 'python_env', 'conda_env']
const NO_FILE: ProjectEnvironment = { kind: 'python_env' }

/** The environment that the project asks for, its file checked (spec/mlproject.md §3.4). First match wins. */
export const readEnvironment = async (
  root: YamlMap,
  files: ProjectFiles,
  report: Report,
): Promise<ProjectEnvironment> => {
  const present = root.entries.filter(({ key }) => KEYS.includes(key.text))
  if (present.length > 1) {
    const names = present.map(({ key }) => `'${key.text}'`).sort()
    const message = `Project cannot contain multiple environment fields: {${names.join(', ')}}`
    report.error(present[1]?.key, message, 'keep one of them')
    return NO_FILE
  }
  const databricks = findValue(root, 'databricks_spark_job')
  if (databricks !== undefined) {
    report.error(databricks.key, 'databricks_spark_job is not supported', 'use entry_points, or run it on Databricks')
  }
  const environment = readNamed(root, report) ?? (await findDefault(files))
  if (environment.kind !== 'docker' && environment.file !== undefined) {
    await checkFile({ kind: environment.kind, path: environment.file }, present[0]?.value, files, report)
  }
  return environment
}

const readNamed = (root: YamlMap, report: Report): ProjectEnvironment | undefined => {
  const docker = findValue(root, 'docker_env')
  if (docker?.kind === 'map' && docker.entries.length > 0) return readDockerEnvironment(docker, root, report)
  if (docker !== undefined && docker.kind !== 'map') {
    report.error(docker, 'docker_env must be a map', 'write docker_env: {image: name:tag}')
  }
  for (const kind of ['python_env', 'conda_env'] as const) {
    const node = findValue(root, kind)
    if (node === undefined || (node.kind === 'scalar' && node.text === '')) continue
    const file = readString(node, kind, report, `write the path of a file, for example ${kind}: ${DEFAULT_FILES[kind]}`)
    return file === undefined ? NO_FILE : { kind, file }
  }
  return undefined
}

const DEFAULT_FILES = { python_env: 'python_env.yaml', conda_env: 'conda.yaml' } as const

const findDefault = async (files: ProjectFiles): Promise<ProjectEnvironment> => {
  for (const kind of ['python_env', 'conda_env'] as const) {
    const file = DEFAULT_FILES[kind]
    if (await files.exists(file)) return { kind, file }
  }
  return NO_FILE
}

const checkFile = async (
  environment: { readonly kind: 'python_env' | 'conda_env'; readonly path: string },
  place: Place | undefined,
  files: ProjectFiles,
  report: Report,
): Promise<void> => {
  const { kind, path } = environment
  const text = await files.read(path)
  if (text === undefined) {
    const name = kind === 'python_env' ? 'python_env' : 'conda environment'
    const message = `Project specified ${name} file ${path}, but no such file was found.`
    report.error(place, message, 'the path is relative to the MLproject file and stays inside the project')
    return
  }
  const own = new Report(path)
  const lines =
    kind === 'python_env' ? readPythonEnv(text, own)?.dependencies : readCondaEnv(text, own)?.pipDependencies
  for (const file of listRequirementFiles(lines ?? [])) {
    if (!(await files.exists(file))) {
      own.error(
        undefined,
        `the file '${file}' of a -r or -c line does not exist`,
        'its path is relative to the project root',
      )
    }
  }
  report.include(own)
}
