import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { hostVariables } from '../env.ts'

const run = promisify(execFile)
const PROBE_LIMIT_MS = 10_000

export interface Uv {
  readonly command: readonly [string, ...string[]]
  readonly version: string
}

const lookUps = new Map<string, Promise<Uv | undefined>>()

/** uv as `TIDEMILL_UV` names it, else on PATH, else as a module of `python3`; looked up once per process. */
export const findUv = (): Promise<Uv | undefined> => {
  const key = JSON.stringify([hostVariables()['TIDEMILL_UV'], hostVariables()['PATH']])
  const known = lookUps.get(key) ?? lookUp()
  lookUps.set(key, known)
  return known
}

const lookUp = async (): Promise<Uv | undefined> => {
  const named = hostVariables()['TIDEMILL_UV']
  const candidates: readonly (readonly [string, ...string[]])[] = [
    ...(named === undefined || named === '' ? [] : [[named] as const]),
    ['uv'],
    ['python3', '-m', 'uv'],
  ]
  for (const command of candidates) {
    const version = await versionOf(command)
    if (version !== undefined) return { command, version }
  }
  return undefined
}

const versionOf = async ([file, ...args]: readonly [string, ...string[]]): Promise<string | undefined> => {
  try {
    const { stdout } = await run(file, [...args, '--version'], { timeout: PROBE_LIMIT_MS })
    return /^uv (\S+)/.exec(stdout)?.[1]
  } catch {
    // Not there or not working: the next candidate may be.
    return undefined
  }
}
