import { InvalidParameterValueError } from '../errors.ts'

/** What a `models:/` URI names. */
export type ModelUri =
  | { readonly kind: 'logged_model'; readonly modelId: string }
  | { readonly kind: 'version'; readonly name: string; readonly version: string }
  | { readonly kind: 'latest'; readonly name: string }
  | { readonly kind: 'stage'; readonly name: string; readonly stage: string }
  | { readonly kind: 'alias'; readonly name: string; readonly alias: string }

const MODEL_URI = /^models:(?:\/\/[^/]*)?(\/[^?]*)/i

/**
 * Parses `models:/name/version`, `/stage`, `/latest`, `models:/name@alias` and `models:/<model id>`, by the vectors of
 * spec/models.md §9.2: nothing is percent-decoded, leading slashes collapse. Throws InvalidParameterValueError.
 */
export const parseModelUri = (uri: string): ModelUri => {
  const path = MODEL_URI.exec(uri)?.[1] ?? ''
  const [name = '', suffix, ...rest] = path.replace(/^\/+/, '').split('/')
  if (rest.length > 0 || (name.trim() === '' && !name.includes('@'))) throw notProper(uri)
  if (suffix !== undefined) return parseSuffix(uri, name, suffix)
  const at = name.lastIndexOf('@')
  if (at === -1) return { kind: 'logged_model', modelId: name }
  const alias = name.slice(at + 1)
  if (alias.trim() === '') throw notProper(uri)
  return { kind: 'alias', name: name.slice(0, at), alias }
}

/**
 * Splits the path below a model from its URI: `models:/n/1/a/b` gives `models:/n/1` and `a/b`. A model id has no second
 * segment of its own, so files below it cannot be named this way.
 */
export const splitModelUri = (uri: string): { readonly root: string; readonly path: string } => {
  const [, head = '', first = '', rest = ''] = /^(models:\/+)([^/]*)\/?(.*)$/i.exec(uri) ?? []
  if (head === '') return { root: uri, path: '' }
  if (first.includes('@') && !/^(?:\d+|latest)(?:\/|$)/i.test(rest)) return { root: `${head}${first}`, path: rest }
  const [suffix = '', ...below] = rest.split('/')
  return { root: `${head}${first}${suffix === '' ? '' : `/${suffix}`}`, path: below.join('/') }
}

const parseSuffix = (uri: string, name: string, suffix: string): ModelUri => {
  if (suffix.trim() === '') throw notProper(uri)
  if (/^\p{Nd}+$/u.test(suffix)) return { kind: 'version', name, version: suffix }
  return suffix.toLowerCase() === 'latest' ? { kind: 'latest', name } : { kind: 'stage', name, stage: suffix }
}

const notProper = (uri: string): InvalidParameterValueError =>
  new InvalidParameterValueError(
    `Not a proper models:/ URI: ${uri}. Models URIs must be of the form 'models:/name/suffix' or 'models:/name@alias' where suffix is a version, stage, or the string 'latest' and where alias is a registered model alias. Only one of suffix or alias can be defined at a time.`,
  )
