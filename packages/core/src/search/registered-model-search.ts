import { InvalidParameterValueError } from '../errors.ts'
import { toPythonSet } from '../run/python-text.ts'
import { invalidAttribute } from './comparison-rules.ts'
import { parseOrderBy, validateDistinctOrder } from './order-by.ts'
import { type Comparison, parseComparisons } from './parser.ts'
import {
  parseRegistryIdentifier,
  type RegistryFilter,
  type RegistryTagClause,
  toRegistryAttribute,
  toRegistryFilter,
  toTagClause,
} from './registry-comparison.ts'
import type { ListComparison, SortDirection, TextComparison } from './tree.ts'

/** One condition of a filter over registered models. A model without the tag never matches. */
export type RegisteredModelClause =
  | { readonly kind: 'name'; readonly comparison: TextComparison | ListComparison }
  | RegistryTagClause

export type RegisteredModelOrderAttribute = 'name' | 'creation_timestamp' | 'last_updated_timestamp'

export interface RegisteredModelOrder {
  readonly attribute: RegisteredModelOrderAttribute
  readonly direction: SortDirection
}

const ORDER_KEYS: ReadonlyMap<string, RegisteredModelOrderAttribute> = new Map<string, RegisteredModelOrderAttribute>([
  ['name', 'name'],
  ['timestamp', 'last_updated_timestamp'],
  ['last_updated_timestamp', 'last_updated_timestamp'],
  ['creation_timestamp', 'creation_timestamp'],
])

/** Parses a filter over registered models (spec/rest-api.md §4.5). Throws InvalidParameterValueError with MLflow's texts. */
export const parseRegisteredModelFilter = (filter: string): RegistryFilter<RegisteredModelClause> =>
  toRegistryFilter(parseComparisons(filter).map(toClause))

/** Parses an order_by over registered models; without the tie-breaker. Throws InvalidParameterValueError with MLflow's texts. */
export const parseRegisteredModelOrderBy = (orderBy: readonly string[]): RegisteredModelOrder[] => {
  const orders = parseOrderBy(orderBy).map(({ identifier: { entity, key }, direction }): RegisteredModelOrder => {
    const attribute = entity === undefined ? ORDER_KEYS.get(key) : undefined
    if (attribute === undefined) {
      throw new InvalidParameterValueError(
        `Invalid order by key '${entity === undefined ? key : `${entity}.${key}`}' specified. Valid keys are '${toPythonSet(['name', 'timestamp'])}'`,
      )
    }
    return { attribute, direction }
  })
  validateDistinctOrder(orders.map(({ attribute }) => attribute))
  return orders
}

const toClause = (comparison: Comparison): RegisteredModelClause => {
  const { entity, key } = parseRegistryIdentifier(comparison.identifier)
  if (entity === 'tag') return toTagClause(key, comparison)
  if (key !== 'name') throw invalidAttribute(key, ['name'])
  return { kind: 'name', comparison: toRegistryAttribute(key, comparison, ['name']) }
}
