import type { ArtifactOwner } from '../source/import-source.ts'
import { toProxiedPath } from '../server/server-folder.ts'

const PROXIED_ROOT = 'mlflow-artifacts:/'

/** True for files that clients do not reach by themselves: those of the source's proxy, and of one machine's disk. */
export const isMovable = (uri: string): boolean =>
  toProxiedPath(uri) !== undefined || /^file:/i.test(uri) || !/^[a-z][a-z0-9+.-]*:/i.test(uri)

/** Where copied files are kept: at the path that the source's proxy had, else at the one that this server would give. */
export const toCopiedUri = ({ uri, experimentId, id, kind }: ArtifactOwner): string => {
  const proxied = toProxiedPath(uri)
  if (proxied !== undefined && proxied !== '') return PROXIED_ROOT + proxied
  return `${PROXIED_ROOT}${experimentId}/${kind === 'run' ? id : `models/${id}`}/artifacts`
}

export const toCopiedLocation = (location: string, experimentId: string): string => {
  const proxied = toProxiedPath(location)
  return proxied !== undefined && proxied !== '' ? PROXIED_ROOT + proxied : PROXIED_ROOT + experimentId
}

/** New places of folders, found by any path below them. */
export interface UriMap {
  set(from: string, to: string): void
  /** The URI itself when its folder did not move. */
  toTarget(uri: string): string
}

export const createUriMap = (): UriMap => {
  const moved = new Map<string, string>()
  return {
    set: (from, to) => {
      if (from !== to) moved.set(normalize(from), to)
    },
    toTarget: (uri) => {
      const normal = normalize(uri)
      for (let end = normal.length; end > 0; end = normal.lastIndexOf('/', end - 1)) {
        const to = moved.get(normal.slice(0, end))
        if (to !== undefined) return to + normal.slice(end)
      }
      return uri
    },
  }
}

/** `file:///a`, `file:/a` and `/a` are one place. */
const normalize = (uri: string): string => uri.replace(/^file:\/*(?=\/)/i, '').replace(/(?<=.)\/+$/, '')
