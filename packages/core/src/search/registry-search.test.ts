import { describe, expect, test } from 'vitest'
import { parseModelVersionFilter, parseModelVersionOrderBy } from './model-version-search.ts'
import { parseRegisteredModelFilter, parseRegisteredModelOrderBy } from './registered-model-search.ts'

describe('a filter over registered models', () => {
  test.each([
    ["foo = 'm1'", "Invalid attribute key 'foo' specified. Valid keys are '{'name'}'"],
    ['creation_timestamp > 1', "Invalid attribute key 'creation_timestamp' specified. Valid keys are '{'name'}'"],
    ["metrics.foo = 'm1'", "Invalid entity type 'metrics'. Valid entity types are ('attribute', 'tag', 'tags')"],
    ['name = 5', 'Expected a quoted string value or a list of quoted string values for attributes. Got value 5'],
    ["name > 'a'", 'Invalid comparator for attribute: >'],
    ["name = ('a')", 'Invalid comparator for attribute: ='],
    ["tags.a > 'a'", 'Invalid comparator for tag: >'],
    ['tags.a = 2', "Expected a quoted string value for tag (e.g. 'my-value'). Got value 2"],
    ["tags.a IN ('3')", "Expected a quoted string value for tag (e.g. 'my-value'). Got value ('3')"],
    [
      'name = m1',
      'Parameter value is either not quoted or unidentified quote types used for string value m1. Use either single or double quotes.',
    ],
    ["name = 'a' OR name = 'b'", "Invalid clause(s) in filter string: 'OR'"],
  ])('must not be %s', (filter, message) => {
    expect(() => parseRegisteredModelFilter(filter)).toThrow(message)
  })

  test.each([
    ['foo', "Invalid order by key 'foo' specified. Valid keys are '{'name', 'timestamp'}'"],
    ['attribute.name', "Invalid order by key 'attribute.name' specified. Valid keys are '{'name', 'timestamp'}'"],
    ['name foo', "Invalid ordering key in order_by clause 'name foo'."],
  ])('is not ordered by %s', (clause, message) => {
    expect(() => parseRegisteredModelOrderBy([clause])).toThrow(message)
  })

  test('is not ordered twice by one field', () => {
    expect(() => parseRegisteredModelOrderBy(['timestamp', 'last_updated_timestamp DESC'])).toThrow('duplicate fields')
  })
})

describe('a filter over model versions', () => {
  test.each([
    [
      "current_stage = 'None'",
      "Invalid attribute key 'current_stage' specified. Valid keys are '{'name', 'run_id', 'version_number', 'source_path'}'",
    ],
    ["version_number = '1.5'", "Invalid value for numeric attribute 'version_number': '1.5'"],
    ['version_number = 1.5', "Invalid value for numeric attribute 'version_number': 1.5"],
    ['version_number LIKE 1', 'Invalid comparator for attribute version_number: LIKE'],
    ['version_number = abc', 'Parameter value is either not quoted'],
    [
      "version_number IN ('1')",
      "Only ['name', 'run_id'] attributes support comparison with a list of quoted string values.",
    ],
    [
      "source_path IN ('1')",
      "Only ['name', 'run_id'] attributes support comparison with a list of quoted string values.",
    ],
    [
      'run_id = 5',
      "Only the '{'creation_timestamp', 'last_updated_timestamp', 'version_number'}' attributes support comparison with numeric values.",
    ],
    ['run_id IN ()', 'expected a non-empty list of string values, but got empty list'],
    ["run.k = 'v'", "Invalid entity type 'run'. Valid entity types are ('attribute', 'tag', 'tags')"],
  ])('must not be %s', (filter, message) => {
    expect(() => parseModelVersionFilter(filter)).toThrow(message)
  })

  test.each([
    ['foo', "Invalid attribute key 'foo' specified. Valid keys are '{'name', 'version_number', 'creation_timestamp'"],
    ['tags.x', "Invalid order by key 'x' specified. Valid keys are {'name', 'version_number', 'creation_timestamp'"],
    ['run.x', "Invalid entity type 'run'."],
  ])('is not ordered by %s', (clause, message) => {
    expect(() => parseModelVersionOrderBy([clause])).toThrow(message)
  })
})
