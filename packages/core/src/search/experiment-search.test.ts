import { expect, test } from 'vitest'
import { InvalidParameterValueError } from '../errors.ts'
import { parseExperimentFilter, parseExperimentOrderBy } from './experiment-search.ts'

test.each([
  ["name = 'a'", [{ kind: 'text_attribute', attribute: 'name', comparison: { comparator: '=', value: 'a' } }]],
  [
    "attribute.name like 'a%'",
    [{ kind: 'text_attribute', attribute: 'name', comparison: { comparator: 'LIKE', value: 'a%' } }],
  ],
  [
    'creation_time > 1 AND attribute.last_update_time <= 2',
    [
      { kind: 'time_attribute', attribute: 'creation_time', comparison: { comparator: '>', value: 1 } },
      { kind: 'time_attribute', attribute: 'last_update_time', comparison: { comparator: '<=', value: 2 } },
    ],
  ],
  ['tags.`a b` ILIKE "x"', [{ kind: 'tag', key: 'a b', comparison: { comparator: 'ILIKE', value: 'x' } }]],
  [
    "experiment_id IN ('1','2') AND name NOT IN ('a')",
    [
      { kind: 'text_attribute', attribute: 'experiment_id', comparison: { comparator: 'IN', values: ['1', '2'] } },
      { kind: 'text_attribute', attribute: 'name', comparison: { comparator: 'NOT IN', values: ['a'] } },
    ],
  ],
  ['tags.a IS NULL', [{ kind: 'presence', entity: 'tag', key: 'a', isPresent: false }]],
])('the filter %s is understood', (filter, clauses) => {
  expect(parseExperimentFilter(filter)).toEqual(clauses)
})

test.each([
  ["metrics.a = 'x'", "Invalid entity type 'metrics'. Valid entity types are ('attribute', 'tag', 'tags')"],
  ["lifecycle_stage = 'a'", "Invalid attribute key 'lifecycle_stage' specified. Valid keys are '{'name', "],
  ['name IS NULL', "IS NULL / IS NOT NULL is only supported for tags, not for attribute 'name'"],
  ["name > 'a'", "Invalid comparator '>' not one of '{'=', '!=', 'LIKE', 'ILIKE', 'IN', 'NOT IN'}'"],
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
