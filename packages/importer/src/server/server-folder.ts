import type { ArtifactFolder, SourceFile } from '../artifacts/artifact-folder.ts'
import { findInteger, textOf, toFields, toList } from '../source/fields.ts'
import type { ArtifactOwner } from '../source/import-source.ts'
import type { RestClient } from './rest-client.ts'

const MAX_DEPTH = 64
const PROXY = '/api/2.0/mlflow-artifacts/artifacts'

/** What the server proxies, and what is on its own disk. Clients reach the rest themselves. */
export const findServerArtifacts = async (
  client: RestClient,
  { kind, id, uri }: ArtifactOwner,
): Promise<ArtifactFolder | undefined> => {
  const proxied = toProxiedPath(uri)
  if (proxied !== undefined) return openProxiedFolder(client, proxied)
  const isOnItsDisk = /^(file:|\/)/i.test(uri) || !/^[a-z][a-z0-9+.-]*:/i.test(uri)
  if (!isOnItsDisk) return undefined
  return kind === 'run' ? openRunFolder(client, id) : openModelFolder(client, id)
}

/** Undefined for a URI that is no proxied one. */
export const toProxiedPath = (uri: string): string | undefined => {
  const own = /^mlflow-artifacts:(?:\/\/[^/]*)?\/*(.*)$/i.exec(uri)
  if (own !== null) return own[1]?.replace(/\/+$/, '') ?? ''
  const index = /^https?:/i.test(uri) ? uri.indexOf(`${PROXY}/`) : -1
  return index === -1 ? undefined : uri.slice(index + PROXY.length + 1).replace(/\/+$/, '')
}

const escapePath = (path: string): string => path.split('/').map(encodeURIComponent).join('/')

export const openProxiedFolder = (client: RestClient, root: string): ArtifactFolder => ({
  listFiles: () =>
    listBelow('', async (path) => {
      const folder = [root, path].filter((part) => part !== '').join('/')
      const { files } = await client.get(PROXY, folder === '' ? {} : { path: folder })
      // Names here, paths in other listings.
      return toEntries(files).map((entry) => ({ ...entry, path: joinPath(path, baseName(entry.path)) }))
    }),
  read: (path) => client.download(`${PROXY}/${escapePath(joinPath(root, path))}`, {}),
})

const openRunFolder = (client: RestClient, runId: string): ArtifactFolder => ({
  listFiles: () =>
    listBelow('', async (path) => {
      const { files } = await client.get('/api/2.0/mlflow/artifacts/list', {
        run_id: runId,
        ...(path === '' ? {} : { path }),
      })
      return toEntries(files)
    }),
  read: (path) => client.download('/get-artifact', { run_uuid: runId, path }),
})

const openModelFolder = (client: RestClient, modelId: string): ArtifactFolder => ({
  listFiles: () =>
    listBelow('', async (path) => {
      const { files } = await client.get(
        `/api/2.0/mlflow/logged-models/${modelId}/artifacts/directories`,
        path === '' ? {} : { artifact_directory_path: path },
      )
      return toEntries(files)
    }),
  read: (path) =>
    client.download(`/ajax-api/2.0/mlflow/logged-models/${modelId}/artifacts/files`, { artifact_file_path: path }),
})

interface Entry {
  readonly path: string
  readonly isFolder: boolean
  readonly size: number | undefined
}

const toEntries = (files: unknown): Entry[] =>
  toList(files)
    .map(toFields)
    .map((file) => ({ path: textOf(file.path), isFolder: file.is_dir === true, size: findInteger(file.file_size) }))

async function* listBelow(
  path: string,
  list: (path: string) => Promise<readonly Entry[]>,
  depth = 0,
): AsyncGenerator<SourceFile> {
  if (depth > MAX_DEPTH) return
  for (const entry of await list(path)) {
    if (entry.isFolder) yield* listBelow(entry.path, list, depth + 1)
    else yield { path: entry.path, ...(entry.size === undefined ? {} : { size: entry.size }) }
  }
}

const joinPath = (folder: string, name: string): string => (folder === '' ? name : `${folder}/${name}`)

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1)
