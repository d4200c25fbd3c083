import type { ArtifactRepository } from '@tidemill/artifacts'
import {
  InvalidParameterValueError,
  type ModelUri,
  parseArtifactPath,
  parseModelUri,
  splitModelUri,
} from '@tidemill/core'
import type { Need } from './needs.ts'

/**
 * What a caller must be allowed to read before a version may be made from it, as in MLflow: a registered model is a
 * boundary of its own, everything else is read with the rights on its run, logged model or place.
 */
export const needsOfSource = (
  { source, runId, modelId }: { readonly source: string; readonly runId: string; readonly modelId: string },
  repository: Pick<ArtifactRepository, 'resolve'>,
): readonly Need[] => {
  const needs = needsOfUri(source, repository)
  if (needs.some(({ on }) => on === 'model')) return needs
  return [
    ...needs,
    ...(runId === '' ? [] : [{ on: 'run', id: runId, level: 'READ', mustExist: true } satisfies Need]),
    ...(modelId === '' ? [] : [{ on: 'loggedModel', id: modelId, level: 'READ', mustExist: true } satisfies Need]),
  ]
}

/** The right to read what a URI names: `runs:/`, `models:/` or a place that this server keeps. Others need none. */
export const needsOfUri = (uri: string, repository: Pick<ArtifactRepository, 'resolve'>): readonly Need[] => {
  if (/^models:/i.test(uri)) {
    const named = parseOrUndefined(() => parseModelUri(splitModelUri(uri).root))
    return named === undefined ? [] : [needOfModel(named)]
  }
  const runId = /^runs:\/+([^/]+)/i.exec(uri)?.[1]
  if (runId !== undefined) return [{ on: 'run', id: runId, level: 'READ', mustExist: true }]
  const place = parseOrUndefined(() => repository.resolve(uri))
  return place === undefined ? [] : [{ on: 'artifact', path: place.path, level: 'READ' }]
}

/** A place among the files of the proxy that an experiment is to have must not be another's. */
export const needsOfNewPlace = (location: string): readonly Need[] => {
  const path =
    /^(?:mlflow-artifacts:(?:\/\/[^/]*)?|https?:\/\/[^/]+\/api\/2\.0\/mlflow-artifacts\/artifacts)(\/.*)?$/i.exec(
      location,
    )?.[1]
  if (path === undefined) return []
  const parsed = parseOrUndefined(() => parseArtifactPath(path.split('/').filter(Boolean).join('/')))
  return parsed === undefined || parsed === '' ? [] : [{ on: 'artifact', path: parsed, level: 'EDIT', mayBeNew: true }]
}

const needOfModel = (uri: ModelUri): Need =>
  uri.kind === 'logged_model'
    ? { on: 'loggedModel', id: uri.modelId, level: 'READ', mustExist: true }
    : { on: 'model', name: uri.name, level: 'READ' }

/** What is not one of these names nothing of ours; the handler refuses or keeps it as it is. */
const parseOrUndefined = <T>(parse: () => T): T | undefined => {
  try {
    return parse()
  } catch (error) {
    if (error instanceof InvalidParameterValueError) return undefined
    throw error
  }
}
