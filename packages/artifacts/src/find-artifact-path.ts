import {
  ARTIFACT_ROOT,
  artifactBasename,
  type ArtifactPath,
  type ArtifactStore,
  joinArtifactPath,
} from '@tidemill/core'

const MAX_DECODE_ROUNDS = 10

/**
 * The path of an existing file that a client means. Python clients percent-decode the names that a listing gave them
 * until nothing changes and escape control characters again, so a file stored as `100%25.txt` is asked for as
 * `100%.txt` (spec/rest-api.md §2.5). Undefined when nothing fits.
 */
export const findArtifactPath = async (store: ArtifactStore, path: ArtifactPath): Promise<ArtifactPath | undefined> => {
  if ((await store.stat(path)) !== undefined) return path
  let found = ARTIFACT_ROOT
  for (const segment of path.split('/')) {
    const next = await findChild(store, found, segment)
    if (next === undefined) return undefined
    found = next
  }
  return found
}

const findChild = async (
  store: ArtifactStore,
  parent: ArtifactPath,
  segment: string,
): Promise<ArtifactPath | undefined> => {
  const exact = joinArtifactPath(parent, segment)
  if ((await store.stat(exact)) !== undefined) return exact
  const children = await store.list(parent)
  return children.find((child) => toClientName(artifactBasename(child.path)) === segment)?.path
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
