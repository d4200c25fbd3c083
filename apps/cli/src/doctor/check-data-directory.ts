import { mkdir, mkdtemp, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { Check } from './check.ts'

/** Environments of machine-learning projects take gigabytes. */
const LITTLE_SPACE_BYTES = 5e9

export const checkDataDirectory = async (directory: string): Promise<Check> => {
  const name = 'data directory'
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    await rm(await mkdtemp(join(directory, 'doctor-')), { recursive: true })
    const { bavail, bsize } = await statfs(directory)
    const detail = `${directory}, ${(Number(bavail) * Number(bsize) * 1e-9).toFixed(1)} GB free`
    return bavail * bsize < LITTLE_SPACE_BYTES
      ? { name, status: 'warning', detail, advice: 'Make room, or give a directory on a larger disk with --data-dir.' }
      : { name, status: 'ok', detail }
  } catch (error) {
    return {
      name,
      status: 'missing',
      detail: `${directory} cannot be written: ${error instanceof Error ? error.message : String(error)}`,
      advice: 'Give one that you may write to with --data-dir or TIDEMILL_DATA_DIR.',
    }
  }
}
