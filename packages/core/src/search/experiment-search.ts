import { InvalidParameterValueError } from '../errors.ts'
import {
  invalidAttribute,
  toNumberComparison,
  toPresence,
  toTextComparison,
  toTextOrListComparison,
} from './comparison-rules.ts'
import { parseIdentifier } from './identifier.ts'
import { parseOrderBy, validateDistinctOrder } from './order-by.ts'
import { type Comparison, parseComparisons } from './parser.ts'
import {
  EXPERIMENT_ORDER_ATTRIBUTES,
  EXPERIMENT_TEXT_ATTRIBUTES,
  EXPERIMENT_TIME_ATTRIBUTES,
  type ExperimentClause,
  type ExperimentOrder,
} from './tree.ts'

/** Parses a filter over experiments (spec/rest-api.md §4.4). Throws InvalidParameterValueError with MLflow's texts. */
export const parseExperimentFilter = (filter: string): ExperimentClause[] =>
  parseComparisons(filter).map(toExperimentClause)

/** Parses an order_by over experiments; without the tie-breaker. Throws InvalidParameterValueError with MLflow's texts. */
export const parseExperimentOrderBy = (orderBy: readonly string[]): ExperimentOrder[] => {
  const orders = parseOrderBy(orderBy).map(({ identifier: { entity, key }, direction }): ExperimentOrder => {
    if (entity !== undefined && entity !== 'attribute') {
      throw new InvalidParameterValueError(`Invalid order_by entity: ${entity}`)
    }
    const attribute = EXPERIMENT_ORDER_ATTRIBUTES.find((name) => name === key)
    if (attribute === undefined) throw invalidAttribute(key, EXPERIMENT_ORDER_ATTRIBUTES)
    return { attribute, direction }
  })
  validateDistinctOrder(orders.map(({ attribute }) => attribute))
  return orders
}

const toExperimentClause = (comparison: Comparison): ExperimentClause => {
  const identifier = parseIdentifier(comparison.identifier)
  if (identifier === undefined) {
    throw new InvalidParameterValueError(
      `Invalid comparison clause. Expected 'Identifier' found '${comparison.identifier}'`,
    )
  }
  const { entity = 'attribute', key } = identifier
  const isPresent = toPresence(comparison)
  if (entity === 'tag' || entity === 'tags') {
    if (isPresent !== undefined) return { kind: 'presence', entity: 'tag', key, isPresent }
    return { kind: 'tag', key, comparison: toTextComparison(comparison, 'tag') }
  }
  if (entity !== 'attribute') {
    throw new InvalidParameterValueError(
      `Invalid entity type '${entity}'. Valid entity types are ('attribute', 'tag', 'tags')`,
    )
  }
  if (isPresent !== undefined) {
    throw new InvalidParameterValueError(`IS NULL / IS NOT NULL is only supported for tags, not for attribute '${key}'`)
  }
  const textAttribute = EXPERIMENT_TEXT_ATTRIBUTES.find((name) => name === key)
  if (textAttribute !== undefined) {
    return { kind: 'text_attribute', attribute: textAttribute, comparison: toTextOrListComparison(comparison) }
  }
  const attribute = EXPERIMENT_TIME_ATTRIBUTES.find((name) => name === key)
  if (attribute === undefined)
    throw invalidAttribute(key, [...EXPERIMENT_TEXT_ATTRIBUTES, ...EXPERIMENT_TIME_ATTRIBUTES])
  return {
    kind: 'time_attribute',
    attribute,
    comparison: toNumberComparison(comparison, `numeric attribute: ${attribute}`),
  }
}
