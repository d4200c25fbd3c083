import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A flow as its decorator in flows/*.py declares it. */
export interface Flow {
  readonly title: string
  /** The first client version that has what it uses: major, minor. */
  readonly since: readonly [major: number, minor: number]
}

const folder = join(import.meta.dirname, '../flows')
const DECORATOR = /^@flow\("([^"]+)"(?:, since=\((\d+), (\d+)\))?\)$/gm

/** Every flow, by file and place in it. */
export const listFlows = (): Flow[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.py'))
    .toSorted()
    .flatMap((name) => [...readFileSync(join(folder, name), 'utf8').matchAll(DECORATOR)])
    .map(([, title = '', major = '2', minor = '0']) => ({ title, since: [Number(major), Number(minor)] }))

/** Whether a client of the version can run the flow. */
export const hasFlow = (version: string, { since: [major, minor] }: Flow): boolean => {
  const [ownMajor = 0, ownMinor = 0] = version.split('.').map(Number)
  return ownMajor > major || (ownMajor === major && ownMinor >= minor)
}
