import { execFile } from 'node:child_process'
import { access, constants, readdir, readFile, realpath } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { hostVariables } from '../env.ts'
import { ExecutionFailure } from '../execution-failure.ts'

const run = promisify(execFile)
const PROBE_LIMIT_MS = 10_000
const PRINT_VERSION = 'import sys; print("%d.%d.%d" % sys.version_info[:3])'

/** A Python 3 of this machine. */
export interface Interpreter {
  readonly path: string
  /** `x.y.z` */
  readonly version: string
}

/**
 * The interpreter for a version like `3`, `3.11` or `3.11.7`: of those that match the newest; without a version the
 * one that `python3` means here. Undefined when there is none. Throws ExecutionFailure for text that is no version.
 */
export const findInterpreter = async (version: string | undefined): Promise<Interpreter | undefined> => {
  if (version === undefined) return (await findDefault()) ?? (await listInterpreters())[0]
  if (!/^\d+(?:\.\d+){0,2}$/.test(version)) {
    throw new ExecutionFailure(
      'rejected',
      'environment',
      `'${version}' is not a Python version. Write one like "3.11" or "3.11.7" (with quotes) in the environment file.`,
    )
  }
  return (await listInterpreters()).find(
    (found) => found.version === version || found.version.startsWith(`${version}.`),
  )
}

/** All of PATH and pyenv, newest first. */
export const listInterpreters = async (): Promise<readonly Interpreter[]> => {
  const [onPath, ofPyenv] = await Promise.all([listOnPath(), listOfPyenv()])
  const known = new Set<string>()
  return [...onPath, ...ofPyenv]
    .filter(({ path }) => !known.has(path) && known.add(path))
    .sort((a, b) => compareVersions(b.version, a.version))
}

const findDefault = async (): Promise<Interpreter | undefined> => {
  for (const folder of pathFolders()) {
    if (isShimFolder(folder)) {
      const global = await globalOfPyenv()
      if (global !== undefined) return global
    }
    const found = await probe(join(folder, 'python3'))
    if (found !== undefined) return found
  }
  return undefined
}

const listOnPath = async (): Promise<Interpreter[]> => {
  const paths = new Set<string>()
  for (const folder of pathFolders().filter((each) => !isShimFolder(each))) {
    for (const name of await namesIn(folder)) {
      if (/^python(?:3(?:\.\d+)?)?$/.test(name)) paths.add(join(folder, name))
    }
  }
  return (await Promise.all([...paths].map((path) => probe(path)))).filter((found) => found !== undefined)
}

/** pyenv's folders carry the version, so none of them has to be started. */
const listOfPyenv = async (): Promise<Interpreter[]> => {
  const root = join(pyenvRoot(), 'versions')
  const versions = (await namesIn(root)).filter((name) => /^3\.\d+\.\d+$/.test(name))
  const found = await Promise.all(
    versions.map(async (version) => {
      const path = join(root, version, 'bin', 'python')
      return (await isExecutable(path)) ? { path: await realpath(path), version } : undefined
    }),
  )
  return found.filter((interpreter) => interpreter !== undefined)
}

const globalOfPyenv = async (): Promise<Interpreter | undefined> => {
  const text = hostVariables()['PYENV_VERSION'] ?? (await readText(join(pyenvRoot(), 'version')))
  const version = text?.split(/[\s:]/)[0]
  return (await listOfPyenv()).find((interpreter) => interpreter.version === version)
}

const probes = new Map<string, Promise<Interpreter | undefined>>()

/** Undefined unless a working Python 3 is there. Real paths are asked once per process: a start costs 20 ms. */
const probe = async (path: string): Promise<Interpreter | undefined> => {
  if (!(await isExecutable(path))) return undefined
  const real = await realpath(path)
  const known = probes.get(real) ?? startProbe(real)
  probes.set(real, known)
  return known
}

const startProbe = async (path: string): Promise<Interpreter | undefined> => {
  try {
    const { stdout } = await run(path, ['-I', '-c', PRINT_VERSION], { timeout: PROBE_LIMIT_MS })
    const version = stdout.trim()
    return /^3\.\d+\.\d+$/.test(version) ? { path, version } : undefined
  } catch {
    // Whatever it is that does not start and print a version, it is no interpreter to use.
    return undefined
  }
}

const pathFolders = (): string[] => (hostVariables()['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
const pyenvRoot = (): string => hostVariables()['PYENV_ROOT'] ?? join(homedir(), '.pyenv')
/** A shim starts pyenv, which starts Python: 85 ms more, and a different Python per folder. */
const isShimFolder = (folder: string): boolean => basename(folder) === 'shims'

const compareVersions = (a: string, b: string): number => {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number))
  return [0, 1, 2].map((at) => (left?.[at] ?? 0) - (right?.[at] ?? 0)).find((difference) => difference !== 0) ?? 0
}

const namesIn = async (folder: string): Promise<string[]> => readdir(folder).catch(() => [])
const readText = async (path: string): Promise<string | undefined> => readFile(path, 'utf8').catch(() => undefined)
const isExecutable = async (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
