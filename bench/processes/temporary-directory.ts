import { rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const REMOVAL = { recursive: true, force: true, maxRetries: 20, retryDelay: 100 } as const

export interface TemporaryDirectory extends AsyncDisposable {
  readonly path: string
}

/** Gone when disposed, and when this process ends before. */
export const openTemporaryDirectory = async (prefix: string): Promise<TemporaryDirectory> => {
  const path = await mkdtemp(join(tmpdir(), prefix))
  const remove = (): void => rmSync(path, REMOVAL)
  process.once('exit', remove)
  return {
    path,
    [Symbol.asyncDispose]: async () => {
      process.off('exit', remove)
      await rm(path, REMOVAL)
    },
  }
}
