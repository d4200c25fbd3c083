import {
  ARTIFACT_ROOT,
  artifactBasename,
  type ArtifactPath,
  type ArtifactStore,
  type FileInfo,
  joinArtifactPath,
} from '@tidemill/core'

const MAX_DECODE_ROUNDS = 10

/**
 * The existing file or folder that a client means. Python clients percent-decode the names that a listing gave them
 * until nothing changes and escape control characters again, so a file stored as `100%25.txt` is asked for as
 * `100%.txt` (spec/rest-api.md §2.5). Undefined when nothing fits.
 */
export const findArtifact = async (store: ArtifactStore, path: ArtifactPath): Promise<FileInfo | undefined> => {
  const exact = await store.stat(path)
  if (exact !== undefined) return exact
  let found: FileInfo | undefined = { path: ARTIFACT_ROOT, isDir: true }
  for (const segment of path.split('/')) {
    found = await findChild(store, found.path, segment)
    if (found === undefined) return undefined
  }
  return found
}

const findChild = async (
  store: ArtifactStore,
  parent: ArtifactPath,
  segment: string,
): Promise<FileInfo | undefined> => {
  const exact = await store.stat(joinArtifactPath(parent, segment))
  if (exact !== undefined) return exact
  const children = await store.list(parent)
  const child = children.find((each) => toClientName(artifactBasename(each.path)) === segment)
  return child === undefined ? undefined : store.stat(child.path)
}

const toClientName = (name: string): string => {
  let decoded = name
  for (let round = 0; round < MAX_DECODE_ROUNDS; round++) {
    const next = decodeOnce(decoded)
    if (next === decoded) break
    decoded = next
  }
  return Array.from(decoded, escapeControl).join('')
}

const decodeOnce = (text: string): string => {
  // Python's unquote leaves a lone percent sign as it is, where decodeURIComponent throws for the whole text.
  return text.replace(/(?:%[0-9A-Fa-f]{2})+/g, (encoded) =>
    Buffer.from(encoded.replaceAll('%', ''), 'hex').toString('utf8'),
  )
}

const escapeControl = (character: string): string => {
  const code = character.charCodeAt(0)
  return code < 0x20 || code === 0x7f ? `%${code.toString(16).padStart(2, '0')}` : character
}
