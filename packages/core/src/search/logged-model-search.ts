import { InvalidParameterValueError } from '../errors.ts'
import type { DatasetFilter, LoggedModelOrder, LoggedModelStatus } from '../logged-model/logged-model.ts'
import { validateStorable } from '../run/key-rules.ts'
import { toPythonText } from '../run/python-text.ts'
import { invalidAttribute } from './comparison-rules.ts'
import { type LooseComparison, parseLooseComparisons } from './loose-parser.ts'
import {
  LIST_COMPARATORS,
  type ListComparison,
  NUMBER_COMPARATORS,
  type NumberComparison,
  type SortDirection,
  TEXT_COMPARATORS,
  type TextComparison,
} from './tree.ts'

const TEXT_ATTRIBUTES = [
  'name',
  'model_id',
  'model_type',
  'status',
  'source_run_id',
  'artifact_location',
  'status_message',
  'experiment_id',
  'lifecycle_stage',
] as const
export type LoggedModelTextAttribute = (typeof TEXT_ATTRIBUTES)[number]

const TIME_ATTRIBUTES = ['creation_timestamp_ms', 'last_updated_timestamp_ms'] as const
export type LoggedModelTimeAttribute = (typeof TIME_ATTRIBUTES)[number]

const ALIASES: ReadonlyMap<string, string> = new Map([
  ['creation_time', 'creation_timestamp_ms'],
  ['creation_timestamp', 'creation_timestamp_ms'],
  ['last_updated_time', 'last_updated_timestamp_ms'],
  ['last_updated_timestamp', 'last_updated_timestamp_ms'],
])

/** One condition of a filter over logged models; all of a filter's hold. */
export type LoggedModelClause =
  /** Any point of the metric holds. */
  | { readonly kind: 'metric'; readonly key: string; readonly comparison: NumberComparison }
  | { readonly kind: 'param' | 'tag'; readonly key: string; readonly comparison: TextComparison | ListComparison }
  | {
      readonly kind: 'text_attribute'
      readonly attribute: LoggedModelTextAttribute
      readonly comparison: TextComparison | ListComparison
    }
  | {
      readonly kind: 'time_attribute'
      readonly attribute: LoggedModelTimeAttribute
      readonly comparison: NumberComparison
    }

export type LoggedModelSort =
  | {
      readonly kind: 'attribute'
      readonly attribute: LoggedModelTextAttribute | LoggedModelTimeAttribute
      readonly direction: SortDirection
    }
  /** By the latest point of the metric, of the dataset when one is given. */
  | {
      readonly kind: 'metric'
      readonly key: string
      readonly dataset?: DatasetFilter
      readonly direction: SortDirection
    }

const ENTITIES = ['attributes', 'metrics', 'params', 'tags'] as const
type Entity = (typeof ENTITIES)[number]

/** Parses a filter over logged models (spec/rest-api.md §4.6). Throws InvalidParameterValueError with MLflow's texts. */
export const parseLoggedModelFilter = (filter: string): LoggedModelClause[] =>
  parseLooseComparisons(filter).map(toClause)

/** Without the tie-breakers. Throws InvalidParameterValueError with MLflow's texts. */
export const parseLoggedModelOrder = (orderBy: readonly LoggedModelOrder[]): LoggedModelSort[] =>
  orderBy.map(({ fieldName, ascending, dataset }) => {
    validateStorable(fieldName, 'field_name')
    const direction = ascending ? 'asc' : 'desc'
    const dot = fieldName.indexOf('.')
    if (dot === -1) {
      const attribute = findAttribute(fieldName)
      if (attribute === undefined) throw new InvalidParameterValueError(`Invalid order by field name: ${fieldName}`)
      return { kind: 'attribute', attribute, direction }
    }
    if (fieldName.slice(0, dot) !== 'metrics') {
      throw new InvalidParameterValueError(`Invalid order by field name: ${fieldName}. Only metrics are supported.`)
    }
    return {
      kind: 'metric',
      key: fieldName.slice(dot + 1),
      ...(dataset === undefined ? {} : { dataset }),
      direction,
    }
  })

const toClause = (comparison: LooseComparison): LoggedModelClause => {
  const { entity, key } = toEntity(comparison.identifier)
  switch (entity) {
    case 'metrics':
      return { kind: 'metric', key, comparison: toNumberComparison(comparison, `metrics.${key}`) }
    case 'params':
    case 'tags':
      return {
        kind: entity === 'params' ? 'param' : 'tag',
        key,
        comparison: toTextComparison(comparison, `${entity}.${key}`),
      }
    case 'attributes':
      return toAttributeClause(key, comparison)
  }
}

const toAttributeClause = (key: string, comparison: LooseComparison): LoggedModelClause => {
  const attribute = findAttribute(key)
  if (attribute === undefined) throw invalidAttribute(key, [...TEXT_ATTRIBUTES, ...ALIASES.keys()])
  const name = `attributes.${attribute}`
  if (isTimeAttribute(attribute)) {
    return { kind: 'time_attribute', attribute, comparison: toNumberComparison(comparison, name) }
  }
  const compared = toTextComparison(comparison, name)
  return {
    kind: 'text_attribute',
    attribute,
    comparison: attribute === 'status' ? toStatusComparison(compared) : compared,
  }
}

/** Lower-case letters before the first dot name an entity; without them it is an attribute. */
const toEntity = (identifier: string): { readonly entity: Entity; readonly key: string } => {
  const [, prefix, key] = /^([a-z]+)\.(.+)$/s.exec(identifier) ?? []
  if (prefix === undefined || key === undefined) return { entity: 'attributes', key: withoutQuotes(identifier) }
  const entity = ENTITIES.find((name) => name === prefix)
  if (entity === undefined) {
    throw new InvalidParameterValueError(
      `Invalid entity type: ${toPythonText(prefix)}. Expected one of [${ENTITIES.map(toPythonText).join(', ')}].`,
    )
  }
  return { entity, key: withoutQuotes(key) }
}

const withoutQuotes = (text: string): string => text.replace(/^[`"]+/, '').replace(/[`"]+$/, '')

const findAttribute = (key: string): LoggedModelTextAttribute | LoggedModelTimeAttribute | undefined => {
  const name = ALIASES.get(key) ?? key
  return [...TEXT_ATTRIBUTES, ...TIME_ATTRIBUTES].find((candidate) => candidate === name)
}

const isTimeAttribute = (attribute: string): attribute is LoggedModelTimeAttribute =>
  TIME_ATTRIBUTES.some((name) => name === attribute)

// In the order in which MLflow's message lists them.
const NUMBER_OPERATORS = ['<', '<=', '>', '>=', '=', '!=']
const TEXT_OPERATORS = [...TEXT_COMPARATORS, ...LIST_COMPARATORS]

const toNumberComparison = ({ comparator, operand }: LooseComparison, name: string): NumberComparison => {
  const known = NUMBER_COMPARATORS.find((each) => each === comparator)
  if (known === undefined) throw badOperator(name, comparator, NUMBER_OPERATORS)
  if (operand.kind !== 'number') {
    throw new InvalidParameterValueError(`Expected a number to compare ${name} with. Found ${operand.text}`)
  }
  return { comparator: known, value: operand.value }
}

const toTextComparison = ({ comparator, operand }: LooseComparison, name: string): TextComparison | ListComparison => {
  const list = LIST_COMPARATORS.find((each) => each === comparator)
  const text = TEXT_COMPARATORS.find((each) => each === comparator)
  if (list !== undefined && operand.kind === 'list') return { comparator: list, values: operand.values }
  if (text !== undefined && operand.kind !== 'list') {
    return { comparator: text, value: operand.kind === 'string' ? operand.value : operand.text }
  }
  if (list === undefined && text === undefined) throw badOperator(name, comparator, TEXT_OPERATORS)
  const expected = list === undefined ? 'one value' : 'a list of quoted values in parentheses'
  throw new InvalidParameterValueError(
    `Invalid comparison of ${name}: ${comparator} takes ${expected}. Found ${operand.text}`,
  )
}

const badOperator = (name: string, operator: string, operators: readonly string[]): InvalidParameterValueError =>
  new InvalidParameterValueError(
    `Invalid comparison operator for ${name}: ${toPythonText(operator)}. Expected one of (${operators.map(toPythonText).join(', ')}).`,
  )

/** MLflow's names of a status in its Python API, on the wire, and as a number. */
const STATUSES: ReadonlyMap<string, LoggedModelStatus> = new Map<string, LoggedModelStatus>([
  ['LOGGED_MODEL_PENDING', 'PENDING'],
  ['1', 'PENDING'],
  ['LOGGED_MODEL_READY', 'READY'],
  ['2', 'READY'],
  ['LOGGED_MODEL_UPLOAD_FAILED', 'UPLOAD_FAILED'],
  ['FAILED', 'UPLOAD_FAILED'],
  ['3', 'UPLOAD_FAILED'],
])

/** A pattern is compared with the short name. */
const toStatusComparison = (comparison: TextComparison | ListComparison): TextComparison | ListComparison => {
  const toStatus = (value: string): string => STATUSES.get(value) ?? value
  if ('values' in comparison) return { ...comparison, values: comparison.values.map(toStatus) }
  const isPattern = comparison.comparator === 'LIKE' || comparison.comparator === 'ILIKE'
  return isPattern ? comparison : { ...comparison, value: toStatus(comparison.value) }
}
