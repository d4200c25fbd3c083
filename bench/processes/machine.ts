import { cpus, release, totalmem } from 'node:os'

export interface Machine {
  readonly processors: string
  readonly memoryGiB: number
  readonly kernel: string
  readonly node: string
}

export const describeMachine = (): Machine => ({
  processors: `${cpus().length} x ${cpus()[0]?.model.trim() ?? 'unknown'}`,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  kernel: release(),
  node: process.versions.node,
})
