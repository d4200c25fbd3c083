import { randomUUID } from 'node:crypto'
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isErrno } from '../errno.ts'

/**
 * Tells what this data directory's executors started from what others on the host did: made once, kept in the
 * directory, so that it outlives a worker that was killed.
 */
export const getExecutorId = async (dataDirectory: string): Promise<string> => {
  const path = join(dataDirectory, 'executor-id')
  const known = await read(path)
  if (known !== undefined) return known
  await mkdir(dataDirectory, { recursive: true })
  const id = randomUUID()
  const temporary = `${path}.${id}`
  await writeFile(temporary, id)
  try {
    // Of two processes that start at once, one wins and both use its id.
    await link(temporary, path)
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error
  } finally {
    await rm(temporary)
  }
  return (await read(path)) ?? id
}

const read = async (path: string): Promise<string | undefined> => {
  try {
    return (await readFile(path, 'utf8')).trim()
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined
    throw error
  }
}
