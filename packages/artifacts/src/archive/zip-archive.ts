import { Readable } from 'node:stream'
import { makeZip } from 'client-zip'
import {
  ARTIFACT_ROOT,
  type ArtifactPath,
  type ArtifactStore,
  type FileInfo,
  InvalidParameterValueError,
  ResourceDoesNotExistError,
} from '@tidemill/core'

const MAX_FILES = 10_000

/** Every file below the folder, in order. Throws ResourceDoesNotExistError, InvalidParameterValueError when too many. */
export const listFilesBelow = async (
  store: ArtifactStore,
  folder: ArtifactPath,
  maxFiles = MAX_FILES,
): Promise<readonly FileInfo[]> => {
  const files: FileInfo[] = []
  // Paths are at most 100 levels deep, so this ends.
  const visit = async (path: ArtifactPath): Promise<void> => {
    for (const child of await store.list(path)) {
      if (child.isDir) await visit(child.path)
      else files.push(child)
      if (files.length > maxFiles) {
        throw new InvalidParameterValueError(
          `There are more than ${maxFiles} files below '${folder}'. Download its folders one by one.`,
        )
      }
    }
  }
  await visit(folder)
  if (files.length === 0) throw new ResourceDoesNotExistError(`There is no artifact below '${folder}'.`)
  return files
}

/** MS-DOS times, which zip has, begin in 1980. */
const EARLIEST_MS = Date.UTC(1980, 0, 2)

/**
 * A zip file of them, made while it is read: one file is open at a time. The bytes are stored as they are, because
 * models and images hardly shrink. Names are relative to the folder; checked paths cannot leave where it is unpacked.
 */
export const zipFiles = async function* (
  store: ArtifactStore,
  folder: ArtifactPath,
  files: readonly FileInfo[],
): AsyncGenerator<Uint8Array> {
  const skipped = folder === ARTIFACT_ROOT ? 0 : folder.length + 1
  let open: AsyncIterable<Uint8Array> | undefined
  const entries = async function* () {
    for (const { path } of files) {
      const { stream, modifiedAt } = await store.read(path)
      open = stream
      yield { name: path.slice(skipped), input: stream, lastModified: new Date(Math.max(modifiedAt, EARLIEST_MS)) }
    }
  }
  try {
    // Cancelling would throw the library's own reason, which is nobody's error.
    yield* makeZip(entries()).values({ preventCancel: true })
  } finally {
    // The library does not close the file that it reads when nobody reads the zip any more.
    if (open instanceof Readable) open.destroy()
  }
}
