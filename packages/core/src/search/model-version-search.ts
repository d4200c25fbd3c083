import { InvalidParameterValueError } from '../errors.ts'
import { toPythonSet } from '../run/python-text.ts'
import { invalidAttribute } from './comparison-rules.ts'
import { parseOrderBy, validateDistinctOrder } from './order-by.ts'
import { type Comparison, parseComparisons } from './parser.ts'
import {
  notQuoted,
  parseRegistryIdentifier,
  type RegistryFilter,
  type RegistryTagClause,
  toRegistryAttribute,
  toRegistryEntity,
  toRegistryFilter,
  toTagClause,
  validateListed,
  wrongComparator,
} from './registry-comparison.ts'
import {
  type ListComparison,
  NUMBER_COMPARATORS,
  type NumberComparison,
  type SortDirection,
  type TextComparison,
} from './tree.ts'

const TEXT_ATTRIBUTES = ['name', 'run_id', 'source_path'] as const
const ATTRIBUTES = ['name', 'run_id', 'version_number', 'source_path']
const LISTED = ['name', 'run_id']
const NUMERIC_ATTRIBUTES = ['creation_timestamp', 'last_updated_timestamp', 'version_number']

/** One condition of a filter over model versions. A version without the tag never matches. */
export type ModelVersionClause =
  | {
      readonly kind: 'text_attribute'
      readonly attribute: (typeof TEXT_ATTRIBUTES)[number]
      readonly comparison: TextComparison | ListComparison
    }
  | { readonly kind: 'version_number'; readonly comparison: NumberComparison }
  | RegistryTagClause

const ORDER_ATTRIBUTES = ['name', 'version_number', 'creation_timestamp', 'last_updated_timestamp'] as const
export type ModelVersionOrderAttribute = (typeof ORDER_ATTRIBUTES)[number]

export interface ModelVersionOrder {
  readonly attribute: ModelVersionOrderAttribute
  readonly direction: SortDirection
}

/** Parses a filter over model versions (spec/rest-api.md §4.5). Throws InvalidParameterValueError with MLflow's texts. */
export const parseModelVersionFilter = (filter: string): RegistryFilter<ModelVersionClause> =>
  toRegistryFilter(parseComparisons(filter).map(toClause))

/** Parses an order_by over model versions; without the tie-breakers. Throws InvalidParameterValueError with MLflow's texts. */
export const parseModelVersionOrderBy = (orderBy: readonly string[]): ModelVersionOrder[] => {
  const orders = parseOrderBy(orderBy).map(({ identifier, direction }): ModelVersionOrder => {
    const { key } = identifier
    if (toRegistryEntity(identifier) === 'tag') {
      throw new InvalidParameterValueError(
        `Invalid order by key '${key}' specified. Valid keys are ${toPythonSet(ORDER_ATTRIBUTES)}`,
      )
    }
    const attribute = ORDER_ATTRIBUTES.find((name) => name === key)
    if (attribute === undefined) throw invalidAttribute(key, ORDER_ATTRIBUTES)
    return { attribute, direction }
  })
  validateDistinctOrder(orders.map(({ attribute }) => attribute))
  return orders
}

const toClause = (comparison: Comparison): ModelVersionClause => {
  const { entity, key } = parseRegistryIdentifier(comparison.identifier)
  if (entity === 'tag') return toTagClause(key, comparison)
  if (key === 'version_number') return { kind: 'version_number', comparison: toVersionComparison(comparison) }
  const attribute = TEXT_ATTRIBUTES.find((name) => name === key)
  if (attribute === undefined) throw invalidAttribute(key, ATTRIBUTES)
  if (comparison.operand.kind === 'number') {
    throw new InvalidParameterValueError(
      `Only the '${toPythonSet(NUMERIC_ATTRIBUTES)}' attributes support comparison with numeric values.`,
    )
  }
  return { kind: 'text_attribute', attribute, comparison: toRegistryAttribute(attribute, comparison, LISTED) }
}

/** A whole number, in quotes or without. */
const toVersionComparison = ({ comparator, operand }: Comparison): NumberComparison => {
  if (operand.kind === 'word') throw notQuoted(operand.text)
  if (operand.kind === 'list') validateListed('version_number', LISTED)
  const numberComparator = NUMBER_COMPARATORS.find((name) => name === comparator)
  if (numberComparator === undefined) throw wrongComparator(comparator, 'attribute version_number')
  const text = operand.kind === 'string' ? operand.value : operand.text
  if (!/^\s*[+-]?\d{1,15}\s*$/.test(text)) {
    throw new InvalidParameterValueError(`Invalid value for numeric attribute 'version_number': ${operand.text}`)
  }
  return { comparator: numberComparator, value: Number(text) }
}
