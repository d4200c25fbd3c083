import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)
const PROBE_LIMIT_MS = 5_000

/**
 * What keeps a step's processes together. `prefix` stands before the command.
 * `namespace`: a PID namespace of its own; the end of its first process is the end of all, also of those that called
 * setsid. `group`: a session of its own; processes that left it are found by their environment.
 */
export interface Isolation {
  readonly kind: 'namespace' | 'group'
  readonly prefix: readonly string[]
  /** Why there is no namespace, for `doctor`. */
  readonly problem?: string
}

// The kernel ends the first process with the worker, and with it, in a namespace, every other.
const WITH_PARENT = ['setpriv', '--pdeathsig', 'KILL', '--']
const NAMESPACE = ['--pid', '--fork', '--kill-child=KILL', '--mount-proc', '--']

let probed: Promise<Isolation> | undefined

/** The strongest isolation that this host allows; probed once per process by running `true` in it. */
export const findIsolation = (): Promise<Isolation> => (probed ??= probe())

const probe = async (): Promise<Isolation> => {
  if (process.platform !== 'linux') return { kind: 'group', prefix: [], problem: 'PID namespaces exist on Linux only' }
  const user = process.getuid?.() === 0 ? [] : ['--user', '--map-current-user']
  const namespace = [...WITH_PARENT, 'unshare', ...user, ...NAMESPACE]
  const problem = await tryRun(namespace)
  if (problem === undefined) return { kind: 'namespace', prefix: namespace }
  const hasSetpriv = (await tryRun(WITH_PARENT)) === undefined
  return { kind: 'group', prefix: hasSetpriv ? WITH_PARENT : [], problem }
}

/** Undefined when it worked, otherwise what went wrong. */
const tryRun = async (prefix: readonly string[]): Promise<string | undefined> => {
  const [file, ...args] = [...prefix, 'true'] as const
  try {
    await run(file, args, { timeout: PROBE_LIMIT_MS })
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message.trim() : String(error)
  }
}
