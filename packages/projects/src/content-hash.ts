import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { lstat, readdir, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'

/**
 * SHA-256, hex, of the files below a directory: names, executable bits and bytes, links by their text. `.git` is left
 * out: it differs between two fetches of the same commit.
 */
export const hashDirectory = async (directory: string): Promise<string> => {
  const hash = createHash('sha256')
  for (const name of await listFiles(directory, '')) {
    const path = join(directory, name)
    const info = await lstat(path)
    if (info.isSymbolicLink()) hash.update(`link ${JSON.stringify([name, await readlink(path)])}\n`)
    if (!info.isFile()) continue
    hash.update(`file ${JSON.stringify([name, info.size, (info.mode & 0o100) !== 0])}\n`)
    await pipeline(createReadStream(path), hash, { end: false })
  }
  return hash.digest('hex')
}

const listFiles = async (root: string, below: string): Promise<string[]> => {
  const entries = await readdir(join(root, below), { withFileTypes: true })
  const names = await Promise.all(
    entries
      .filter(({ name }) => below !== '' || name !== '.git')
      .map(async (entry) => {
        const path = below === '' ? entry.name : `${below}/${entry.name}`
        return entry.isDirectory() ? listFiles(root, path) : [path]
      }),
  )
  return names.flat().sort()
}
