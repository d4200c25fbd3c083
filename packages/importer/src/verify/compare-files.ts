import { createHash } from 'node:crypto'
import { type ArtifactStore, parseArtifactPath } from '@tidemill/core'
import { toStorePath } from '../artifacts/artifact-copier.ts'
import type { ArtifactOwner, ImportSource } from '../source/import-source.ts'
import type { Differences } from './differences.ts'

/** Files of one folder whose bytes are compared; of the others the size. */
const MAX_HASHED_FILES = 20

/** Compares the files of a folder with their copies. Answers how many there are. */
export const compareFiles = async (
  differences: Differences,
  source: ImportSource,
  store: ArtifactStore,
  owner: ArtifactOwner,
  targetUri: string,
): Promise<number> => {
  const folder = targetUri.startsWith('mlflow-artifacts:/') ? await source.findArtifacts(owner) : undefined
  if (folder === undefined) return 0
  const where = `${owner.kind} ${owner.id}`
  let count = 0
  for await (const { path, size } of folder.listFiles()) {
    const target = parseArtifactPath(`${toStorePath(targetUri)}/${path}`)
    const there = await store.stat(target)
    if (there?.fileSize === undefined) differences.add(`${where}: file '${path}' is absent`)
    else if (size !== undefined && there.fileSize !== size) {
      differences.add(`${where}: file '${path}' has ${there.fileSize} bytes, in the source ${size}`)
    } else if (count < MAX_HASHED_FILES) {
      const [expected, actual] = [await digestOf(folder.read(path)), await digestOf((await store.read(target)).stream)]
      differences.compare(where, `SHA-256 of file '${path}'`, expected, actual)
    }
    count++
  }
  return count
}

const digestOf = async (stream: AsyncIterable<Uint8Array>): Promise<string> => {
  const hash = createHash('sha256')
  for await (const chunk of stream) hash.update(chunk)
  return hash.digest('hex')
}
