import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { engineAddress, openDocker } from '../docker/engine.ts'
import { findUv } from '../environment/find-uv.ts'
import { findInterpreter } from '../environment/interpreters.ts'
import { findIsolation } from '../launch/isolation.ts'

/** One tool that running projects needs or likes to have. */
export interface ToolReport {
  readonly name: string
  readonly version?: string
  /** Where it is. */
  readonly path?: string
  /** What is missing or broken. */
  readonly problem?: string
  /** What to do about it. */
  readonly advice?: string
}

const run = promisify(execFile)
const PROBE_LIMIT_MS = 10_000

/** Looks for what projects are run with, for `tidemill doctor`. Never rejects. */
export const probeTools = (): Promise<readonly ToolReport[]> =>
  Promise.all([
    probeCommand('git', /git version (\S+)/, 'Install Git: projects are fetched with it.'),
    probeCommand('bash', /version (\S+)/, 'Install Bash: the command of an entry point is run by it.'),
    probePython(),
    probeUv(),
    probeDocker(),
    probeIsolation(),
  ])

const probeCommand = async (name: string, pattern: RegExp, advice: string): Promise<ToolReport> => {
  try {
    const { stdout } = await run(name, ['--version'], { timeout: PROBE_LIMIT_MS })
    const version = pattern.exec(stdout)?.[1]
    return { name, ...(version === undefined ? {} : { version }) }
  } catch (error) {
    return { name, problem: describe(error), advice }
  }
}

const probePython = async (): Promise<ToolReport> => {
  const interpreter = await findInterpreter(undefined)
  return interpreter === undefined
    ? {
        name: 'python',
        problem: 'no Python 3 on PATH or in pyenv',
        advice: 'Install Python 3 to run Python projects without Docker.',
      }
    : { name: 'python', ...interpreter }
}

const probeUv = async (): Promise<ToolReport> => {
  const uv = await findUv()
  return uv === undefined
    ? {
        name: 'uv',
        problem: 'not found; Python environments are built with venv and pip, which is slower',
        advice: 'Install uv (pip install uv), or name it with TIDEMILL_UV.',
      }
    : { name: 'uv', version: uv.version, path: uv.command.join(' ') }
}

const probeDocker = async (): Promise<ToolReport> => {
  try {
    const docker = await openDocker()
    const { Version } = await docker.version()
    return { name: 'docker', version: Version, path: engineAddress() }
  } catch (error) {
    return {
      name: 'docker',
      path: engineAddress(),
      problem: describe(error),
    }
  }
}

const probeIsolation = async (): Promise<ToolReport> => {
  const isolation = await findIsolation()
  return isolation.problem === undefined
    ? { name: 'pid namespace' }
    : {
        name: 'pid namespace',
        problem: isolation.problem.split('\n')[0] ?? '',
        advice:
          'Steps run in process groups instead. Allow PID namespaces (unshare and setpriv of util-linux, and user ' +
          'namespaces for users other than root) so that the kernel ends all of a step at once.',
      }
}

const describe = (error: unknown): string =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT'
    ? 'not found on PATH'
    : error instanceof Error
      ? (error.message.split('\n')[0] ?? error.message)
      : String(error)
