import { InvalidParameterValueError } from '../errors.ts'
import { parseModelUri, splitModelUri } from '../registry/model-uri.ts'

/** What somebody must be allowed to read before the files behind a URI are handed to them. */
export type ReadPlace =
  | { readonly kind: 'run'; readonly id: string }
  | { readonly kind: 'loggedModel'; readonly id: string }
  | { readonly kind: 'model'; readonly name: string }
  /** A path of the artifact proxy, as it was written. */
  | { readonly kind: 'proxied'; readonly path: string }

/** Undefined for a URI that names nothing that has permissions. */
export const toReadPlace = (uri: string): ReadPlace | undefined => {
  const runId = /^runs:\/+([^/]+)/i.exec(uri)?.[1]
  if (runId !== undefined) return { kind: 'run', id: runId }
  if (/^models:/i.test(uri)) return toModelPlace(uri)
  const path =
    /^(?:mlflow-artifacts:(?:\/\/[^/]*)?|https?:\/\/[^/]+\/api\/2\.0\/mlflow-artifacts\/artifacts)\/(.*)$/i.exec(
      uri,
    )?.[1]
  return path === undefined
    ? undefined
    : {
        kind: 'proxied',
        path: path
          .split('/')
          .filter((part) => part !== '')
          .join('/'),
      }
}

const toModelPlace = (uri: string): ReadPlace | undefined => {
  try {
    const named = parseModelUri(splitModelUri(uri).root)
    return named.kind === 'logged_model'
      ? { kind: 'loggedModel', id: named.modelId }
      : { kind: 'model', name: named.name }
  } catch (error) {
    // Whoever wants its files refuses it with a better text.
    if (error instanceof InvalidParameterValueError) return undefined
    throw error
  }
}
