import type { ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'

export interface Output {
  /** Exit code, or the signal that ended the process. */
  readonly code: number | string
  readonly stdout: string
  readonly stderr: string
}

/** What the process writes until it ends. */
export const outputOf = async (child: ChildProcessByStdio<null, Readable, Readable>): Promise<Output> => {
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), closed(child)])
  return { code: child.exitCode ?? child.signalCode ?? 'no exit code', stdout, stderr }
}

const closed = async (child: ChildProcessByStdio<null, Readable, Readable>): Promise<void> => {
  await once(child, 'close')
}
