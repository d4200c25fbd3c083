import { expect, test } from 'vitest'
import { InvalidParameterValueError } from '../errors.ts'
import { parseExperimentFilter, parseExperimentOrderBy } from './experiment-search.ts'

test.each([
  ["name = 'a'", [{ kind: 'name', comparison: { comparator: '=', value: 'a' } }]],
  ["attribute.name like 'a%'", [{ kind: 'name', comparison: { comparator: 'LIKE', value: 'a%' } }]],
  [
    'creation_time > 1 AND attribute.last_update_time <= 2',
    [
      { kind: 'time_attribute', attribute: 'creation_time', comparison: { comparator: '>', value: 1 } },
      { kind: 'time_attribute', attribute: 'last_update_time', comparison: { comparator: '<=', value: 2 } },
    ],
  ],
  ['tags.`a b` ILIKE "x"', [{ kind: 'tag', key: 'a b', comparison: { comparator: 'ILIKE', value: 'x' } }]],
])('the filter %s is understood', (filter, clauses) => {
  expect(parseExperimentFilter(filter)).toEqual(clauses)
})

test.each([
  ["metrics.a = 'x'", "Invalid entity type 'metrics'. Valid entity types are ('attribute', 'tag', 'tags')"],
  ["experiment_id = '1'", "Invalid attribute key 'experiment_id' specified. Valid keys are '{'name', "],
  ["name > 'a'", "Invalid comparator '>' not one of '{'=', '!=', 'LIKE', 'ILIKE'}'"],
  ["name IN ('a')", "Only the 'run_id' attribute supports comparison"],
  ["creation_time > '1'", "Expected numeric value type for numeric attribute: creation_time. Found '1'"],
  ['name = 1', 'Expected a quoted string value for attributes. Got value 1'],
])('the filter %s is refused', (filter, message) => {
  expect(() => parseExperimentFilter(filter)).toThrow(InvalidParameterValueError)
  expect(() => parseExperimentFilter(filter)).toThrow(message)
})

test('an order_by is attributes with or without their prefix', () => {
  expect(parseExperimentOrderBy(['attribute.name DESC', 'experiment_id'])).toEqual([
    { attribute: 'name', direction: 'desc' },
    { attribute: 'experiment_id', direction: 'asc' },
  ])
})

test.each([
  [['tag.a'], 'Invalid order_by entity: tag'],
  [['lifecycle_stage'], "Invalid attribute key 'lifecycle_stage' specified."],
  [['name', 'attribute.name DESC'], "`order_by` contains duplicate fields: ['name', 'name']"],
])('the order_by %j is refused', (orderBy, message) => {
  expect(() => parseExperimentOrderBy(orderBy)).toThrow(InvalidParameterValueError)
  expect(() => parseExperimentOrderBy(orderBy)).toThrow(message)
})
