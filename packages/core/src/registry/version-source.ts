import { InvalidParameterValueError } from '../errors.ts'
import { isInsideLocalRoot, isLocalUri } from './local-source.ts'
import { type ModelUri, parseModelUri } from './model-uri.ts'
import { isPrompt, validatePromptSource } from './prompt.ts'
import type { NewModelVersion } from './registry.ts'

/** What the source of a new version is, and so what must be looked up before it can be taken. */
export type VersionSource =
  /** Stored as it is: nothing of ours, or proven by its own text. */
  | { readonly kind: 'plain' }
  | { readonly kind: 'prompt' }
  /** Must lie inside the artifacts of the run or logged model that the request names. */
  | { readonly kind: 'local' }
  | { readonly kind: 'model'; readonly uri: ModelUri }

const MAX_DECODE_ROUNDS = 10
const SCHEME = /^([A-Za-z][A-Za-z0-9+.-]*):/

/**
 * The checks of a source that need nothing but the request (spec/rest-api.md §5.5, spec/security.md §3.1). The raw
 * text is checked, in every percent-decoding of it, and stored as it is. `allowed` is the operator's pattern, searched
 * anywhere in the source. Throws InvalidParameterValueError that begins `Invalid model version source`.
 */
export const parseVersionSource = (version: NewModelVersion, allowed?: RegExp): VersionSource => {
  const { source, runId, modelId = '' } = version
  if (allowed !== undefined && !allowed.test(source)) {
    throw new InvalidParameterValueError(`Invalid model version source: '${source}'.`)
  }
  if (isPrompt(version.tags)) {
    validatePromptSource(source)
    return { kind: 'prompt' }
  }
  if (isLocalUri(source)) {
    if (modelId === '' && runId === '') throw notInside(source, 'run_id')
    return { kind: 'local' }
  }
  const decoded = decodeFully(source)
  if (decoded === undefined || climbs(decoded)) throw relative(source)
  const scheme = SCHEME.exec(source)?.[1]?.toLowerCase()
  if (scheme === 'models') return { kind: 'model', uri: parseModelSource(source, modelId) }
  if (!hasAbsolutePath(decoded)) throw relative(source)
  if (scheme === 'runs') validateRunSource(source, runId, modelId)
  validateProxiedSource(source, decoded, runId, modelId)
  return { kind: 'plain' }
}

/** A local source must lie inside `root`, the artifacts of the run or logged model, and that must be local too. */
export const validateLocalSource = (source: string, root: string, idName: 'run_id' | 'model_id'): void => {
  if (!isInsideLocalRoot(source, root)) throw notInside(source, idName)
}

/** The id in the request is not that of the thing whose files the source names. */
export const notOwner = (source: string, idName: 'run_id' | 'model_id'): InvalidParameterValueError =>
  new InvalidParameterValueError(
    `Invalid model version source: '${source}'. The ${idName} request parameter must identify the resource that contains the source.`,
  )

/** A copy of a version is of the same run as that version. */
export const notOfSameRun = (source: string): InvalidParameterValueError =>
  new InvalidParameterValueError(
    `Invalid model version source: '${source}'. The run_id and model_id request parameters must match the referenced model version.`,
  )

export const promptAsSource = (source: string): InvalidParameterValueError =>
  new InvalidParameterValueError(
    `Invalid model version source: '${source}'. Prompt versions cannot be used as model version sources.`,
  )

const validateRunSource = (source: string, runId: string, modelId: string): void => {
  if (modelId !== '') throw notOwner(source, 'model_id')
  const named = /^runs:\/+([^/]+)/i.exec(source)?.[1]
  if (/^runs:\/\/[^/]/i.test(source) || named === undefined || named !== runId) throw notOwner(source, 'run_id')
}

const parseModelSource = (source: string, modelId: string): ModelUri => {
  if (/^models:\/\/[^/]/i.test(source)) {
    throw new InvalidParameterValueError(
      `Invalid model version source: '${source}'. Registered model sources must use the active model registry.`,
    )
  }
  const uri = parseOrUndefined(source)
  if (uri === undefined || (uri.kind === 'logged_model' && uri.modelId !== modelId)) throw notOwner(source, 'model_id')
  return uri
}

const parseOrUndefined = (source: string): ModelUri | undefined => {
  try {
    return parseModelUri(source)
  } catch (error) {
    if (error instanceof InvalidParameterValueError) return undefined
    throw error
  }
}

const PROXIED = /^(?:mlflow-artifacts:|https?:.*\/api\/2\.0\/mlflow-artifacts\/artifacts\/)/i

/** A place in our own artifact store that names a run or a logged model is that of the ids that the request gives. */
const validateProxiedSource = (source: string, decoded: string, runId: string, modelId: string): void => {
  if (!PROXIED.test(decoded)) return
  const namedRun = /\/([0-9a-f]{32})\/+artifacts(?:\/|$)/.exec(decoded)?.[1]
  if (namedRun !== undefined && runId !== '' && namedRun !== runId) throw notOwner(source, 'run_id')
  const namedModel = /\/models\/+(m-[0-9a-f]{32})(?:\/|$)/.exec(decoded)?.[1]
  if (namedModel !== undefined && modelId !== '' && namedModel !== modelId) throw notOwner(source, 'model_id')
}

/** Undefined when it is percent-encoded too often to be honest. */
const decodeFully = (text: string): string | undefined => {
  let decoded = text
  for (let round = 0; round < MAX_DECODE_ROUNDS; round++) {
    const next = decodeOnce(decoded)
    if (next === decoded) return decoded
    decoded = next
  }
  return undefined
}

/** Byte by byte: what is looked for is ASCII, and a broken sequence elsewhere must not hide it. */
const decodeOnce = (text: string): string =>
  text
    .replaceAll('+', ' ')
    .replaceAll(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))

/** `..` as a segment, also where another reader would end the segment, and characters that no path has. */
const climbs = (text: string): boolean =>
  text.split(/[/\\;?#]/).includes('..') || Array.from(text).some((character) => character < ' ')

const hasAbsolutePath = (text: string): boolean => {
  const [path = ''] = text
    .replace(SCHEME, '')
    .replace(/^\/\/[^/?#]*/, '')
    .split(/[?#]/, 1)
  return /^\/+[^/]/.test(path) && !path.split('/').includes('.')
}

const relative = (source: string): InvalidParameterValueError =>
  new InvalidParameterValueError(
    `Invalid model version source: '${source}'. If supplying a source as an http, https, local file path, ftp, objectstore, or mlflow-artifacts uri, an absolute path must be provided without relative path references present. Please provide an absolute path.`,
  )

const notInside = (source: string, idName: 'run_id' | 'model_id'): InvalidParameterValueError =>
  new InvalidParameterValueError(
    `Invalid model version source: '${source}'. To use a local path as a model version source, the ${idName} request parameter has to be specified and the local path has to be contained within the artifact directory of the run specified by the ${idName}.`,
  )
