import type { ChildProcess } from 'node:child_process'

/** Signals a child that was spawned `detached` and all that it started: MLflow's workers outlive their parent otherwise. */
export const signalGroup = (child: ChildProcess, signal: NodeJS.Signals): void => {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  process.kill(-child.pid, signal)
}

/** Signals the child's group when this process ends before it, by an error or by Ctrl-C. */
export const endGroupWithUs = (child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): void => {
  const end = (): void => signalGroup(child, signal)
  // Before temporary directories go.
  process.prependOnceListener('exit', end)
  child.once('exit', () => process.off('exit', end))
}
