import { InvalidParameterValueError } from '../errors.ts'
import { toPythonSet } from '../run/python-text.ts'
import {
  invalidAttribute,
  toAttributeComparison,
  toNumberComparison,
  toPresence,
  toTextComparison,
  toTextOrListComparison,
} from './comparison-rules.ts'
import { type Identifier, parseIdentifier } from './identifier.ts'
import { parseOrderBy, validateDistinctOrder } from './order-by.ts'
import { type Comparison, parseComparisons } from './parser.ts'
import {
  DATASET_KEYS,
  type RunClause,
  type RunOrder,
  RUN_TEXT_ATTRIBUTES,
  RUN_TIME_ATTRIBUTES,
  type RunTextAttribute,
  type RunTimeAttribute,
} from './tree.ts'

type Entity = 'metric' | 'parameter' | 'tag' | 'attribute' | 'dataset'

const ENTITIES: ReadonlyMap<string, Entity> = new Map<string, Entity>([
  ['metric', 'metric'],
  ['metrics', 'metric'],
  ['param', 'parameter'],
  ['params', 'parameter'],
  ['parameter', 'parameter'],
  ['parameters', 'parameter'],
  ['tag', 'tag'],
  ['tags', 'tag'],
  ['attribute', 'attribute'],
  ['attributes', 'attribute'],
  ['attr', 'attribute'],
  ['run', 'attribute'],
  ['dataset', 'dataset'],
  ['datasets', 'dataset'],
])

const ORDER_ALIASES: ReadonlyMap<string, string> = new Map([
  ['created', 'start_time'],
  ['Created', 'start_time'],
])
const FILTER_ALIASES: ReadonlyMap<string, string> = new Map([
  ...ORDER_ALIASES,
  ['run name', 'run_name'],
  ['Run name', 'run_name'],
  ['Run Name', 'run_name'],
])

/** Parses a filter over runs (spec/rest-api.md §4.3). Throws InvalidParameterValueError with MLflow's texts. */
export const parseRunFilter = (filter: string): RunClause[] => parseComparisons(filter).map(toRunClause)

/** Parses an order_by over runs; without the tie-breakers. Throws InvalidParameterValueError with MLflow's texts. */
export const parseRunOrderBy = (orderBy: readonly string[]): RunOrder[] => {
  const orders = parseOrderBy(orderBy).map(({ identifier, direction }): RunOrder => {
    const entity = toEntity(identifier)
    if (entity === 'dataset') {
      throw new InvalidParameterValueError(
        `Invalid order_by entity 'dataset' of '${identifier.key}': runs are ordered by metrics, params, tags and attributes.`,
      )
    }
    if (entity !== 'attribute') {
      return { kind: entity === 'parameter' ? 'param' : entity, key: identifier.key, direction }
    }
    return { kind: 'attribute', attribute: toAttribute(identifier.key, ORDER_ALIASES), direction }
  })
  validateDistinctOrder(
    orders.map((order) => (order.kind === 'attribute' ? order.attribute : `${order.kind}.${order.key}`)),
  )
  return orders
}

const toRunClause = (comparison: Comparison): RunClause => {
  const identifier = parseIdentifier(comparison.identifier)
  if (identifier === undefined) {
    throw new InvalidParameterValueError(
      `Invalid comparison clause. Expected 'Identifier' found '${comparison.identifier}'`,
    )
  }
  const { key } = identifier
  const entity = toEntity(identifier)
  const isPresent = toPresence(comparison)
  if (isPresent !== undefined) {
    if (entity === 'parameter') return { kind: 'presence', entity: 'param', key, isPresent }
    if (entity === 'tag') return { kind: 'presence', entity, key, isPresent }
    throw new InvalidParameterValueError(
      `IS NULL / IS NOT NULL is only supported for tags and params, not for '${entity}' '${key}'`,
    )
  }
  switch (entity) {
    case 'metric':
      return { kind: 'metric', key, comparison: toNumberComparison(comparison, 'metric') }
    case 'parameter':
      return { kind: 'param', key, comparison: toTextComparison(comparison, 'parameter') }
    case 'tag':
      return { kind: 'tag', key, comparison: toTextComparison(comparison, 'tag') }
    case 'dataset': {
      const datasetKey = DATASET_KEYS.find((name) => name === key)
      if (datasetKey === undefined) {
        throw new InvalidParameterValueError(
          `Invalid dataset key '${key}' specified. Valid keys are '${toPythonSet(DATASET_KEYS)}'`,
        )
      }
      return { kind: 'dataset', key: datasetKey, comparison: toTextOrListComparison(comparison) }
    }
    case 'attribute':
      return toAttributeClause(toAttribute(key, FILTER_ALIASES), comparison)
  }
}

const toAttributeClause = (attribute: RunTextAttribute | RunTimeAttribute, comparison: Comparison): RunClause => {
  if (isTimeAttribute(attribute)) {
    return {
      kind: 'time_attribute',
      attribute,
      comparison: toNumberComparison(comparison, `numeric attribute: ${attribute}`),
    }
  }
  return {
    kind: 'text_attribute',
    attribute,
    comparison: attribute === 'run_id' ? toTextOrListComparison(comparison) : toAttributeComparison(comparison),
  }
}

const toEntity = ({ entity }: Identifier): Entity => {
  if (entity === undefined) return 'attribute'
  const found = ENTITIES.get(entity)
  if (found === undefined) {
    throw new InvalidParameterValueError(
      `Invalid entity type '${entity}'. Valid values are ['metric', 'parameter', 'tag', 'attribute', 'dataset']`,
    )
  }
  return found
}

const toAttribute = (key: string, aliases: ReadonlyMap<string, string>): RunTextAttribute | RunTimeAttribute => {
  const name = aliases.get(key) ?? key
  const attribute = [...RUN_TEXT_ATTRIBUTES, ...RUN_TIME_ATTRIBUTES].find((candidate) => candidate === name)
  if (attribute === undefined) throw invalidAttribute(key, [...RUN_TEXT_ATTRIBUTES, ...RUN_TIME_ATTRIBUTES])
  return attribute
}

const isTimeAttribute = (attribute: string): attribute is RunTimeAttribute =>
  RUN_TIME_ATTRIBUTES.some((name) => name === attribute)
