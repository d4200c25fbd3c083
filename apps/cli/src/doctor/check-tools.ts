import { probeTools } from '@tidemill/projects'
import type { Check } from './check.ts'

/** Without these no step runs; the others matter only to projects that ask for them. */
const NEEDED: ReadonlySet<string> = new Set(['bash', 'git'])

export const checkTools = async (): Promise<readonly Check[]> =>
  (await probeTools()).map(({ name, version, path, problem, advice }) => ({
    name,
    status: problem === undefined ? 'ok' : NEEDED.has(name) ? 'missing' : 'warning',
    detail: problem ?? [version, path].filter((part) => part !== undefined).join('  '),
    ...(advice === undefined ? {} : { advice }),
  }))
