import { describe, expect, test } from 'vitest'
import { type LoggedModelClause, parseLoggedModelFilter, parseLoggedModelOrder } from './logged-model-search.ts'

const EXPECTED_COMPARISONS = `Expected a list of comparisons separated by 'AND' (e.g. 'metrics.loss > 0.1 AND params.lr = 0.01').`

describe('parseLoggedModelFilter', () => {
  test.each<[string, LoggedModelClause[]]>([
    ['', []],
    ["name = 'x'", [{ kind: 'text_attribute', attribute: 'name', comparison: { comparator: '=', value: 'x' } }]],
    ['name = x', [{ kind: 'text_attribute', attribute: 'name', comparison: { comparator: '=', value: 'x' } }]],
    [
      'attributes.`name` ilike "X"',
      [{ kind: 'text_attribute', attribute: 'name', comparison: { comparator: 'ILIKE', value: 'X' } }],
    ],
    [
      'model_id not in (\'a\', "b",)',
      [{ kind: 'text_attribute', attribute: 'model_id', comparison: { comparator: 'NOT IN', values: ['a', 'b'] } }],
    ],
    [
      'model_id IN ()',
      [{ kind: 'text_attribute', attribute: 'model_id', comparison: { comparator: 'IN', values: [] } }],
    ],
    ['params.lr = 0.01', [{ kind: 'param', key: 'lr', comparison: { comparator: '=', value: '0.01' } }]],
    ["params.a.b LIKE ''", [{ kind: 'param', key: 'a.b', comparison: { comparator: 'LIKE', value: '' } }]],
    ["tags.`a b/c` != '1'", [{ kind: 'tag', key: 'a b/c', comparison: { comparator: '!=', value: '1' } }]],
    ['metrics.`f 1`>=-1e-3', [{ kind: 'metric', key: 'f 1', comparison: { comparator: '>=', value: -0.001 } }]],
    [
      'creation_time > 5 AND attributes.last_updated_timestamp <= 7.5',
      [
        { kind: 'time_attribute', attribute: 'creation_timestamp_ms', comparison: { comparator: '>', value: 5 } },
        {
          kind: 'time_attribute',
          attribute: 'last_updated_timestamp_ms',
          comparison: { comparator: '<=', value: 7.5 },
        },
      ],
    ],
    ['AND', []],
    ['AND metrics.a = 1 and', [{ kind: 'metric', key: 'a', comparison: { comparator: '=', value: 1 } }]],
  ])('reads %j', (filter, clauses) => {
    expect(parseLoggedModelFilter(filter)).toEqual(clauses)
  })

  test.each([
    ["'READY'", 'READY'],
    ["'LOGGED_MODEL_READY'", 'READY'],
    ['2', 'READY'],
    ["'FAILED'", 'UPLOAD_FAILED'],
    ["'LOGGED_MODEL_UPLOAD_FAILED'", 'UPLOAD_FAILED'],
    ['3', 'UPLOAD_FAILED'],
    ['LOGGED_MODEL_PENDING', 'PENDING'],
    ["'ready'", 'ready'],
  ])('takes %s as the status %s', (text, status) => {
    expect(parseLoggedModelFilter(`status = ${text}`)).toEqual([
      { kind: 'text_attribute', attribute: 'status', comparison: { comparator: '=', value: status } },
    ])
    expect(parseLoggedModelFilter(`status NOT IN ('${status}')`)).toMatchObject([{ comparison: { values: [status] } }])
  })

  test.each([
    ['metric.a > 1', "Invalid entity type: 'metric'. Expected one of ['attributes', 'metrics', 'params', 'tags']."],
    [
      "name > 'a'",
      "Invalid comparison operator for attributes.name: '>'. Expected one of ('=', '!=', 'LIKE', 'ILIKE', 'IN', 'NOT IN').",
    ],
    [
      'metrics.a LIKE 1',
      "Invalid comparison operator for metrics.a: 'LIKE'. Expected one of ('<', '<=', '>', '>=', '=', '!=').",
    ],
    [
      'creation_time like 1',
      "Invalid comparison operator for attributes.creation_timestamp_ms: 'LIKE'. Expected one of ('<', '<=', '>', '>=', '=', '!=').",
    ],
    ["params.a <> '1'", "Invalid comparison operator for params.a: '<>'."],
    ["foo = 'a'", "Invalid attribute key 'foo' specified. Valid keys are '{'name', 'model_id'"],
    ["Metrics.a = 'a'", "Invalid attribute key 'Metrics.a' specified."],
    ["metrics.a > 'x'", "Expected a number to compare metrics.a with. Found 'x'"],
    ["name = ('x')", "Invalid comparison of attributes.name: = takes one value. Found ('x')"],
    ["name IN 'x'", 'Invalid comparison of attributes.name: IN takes a list of quoted values in parentheses.'],
    ["name = 'x'; name = 'y'", `Invalid filter string: "name = 'x'; name = 'y'". Expected a single SQL expression.`],
    ['  ', "Invalid filter string: '  '. Expected a single SQL expression."],
    ["name = 'x' OR name = 'y'", `Invalid filter string: "name = 'x' OR name = 'y'". ${EXPECTED_COMPARISONS}`],
    ['name', `Invalid filter string: 'name'. ${EXPECTED_COMPARISONS}`],
    ['name =', `Invalid filter string: 'name ='. ${EXPECTED_COMPARISONS}`],
    ["(name = 'x')", `Invalid filter string: "(name = 'x')". ${EXPECTED_COMPARISONS}`],
    ["name = 'x' 'y'", EXPECTED_COMPARISONS],
    ["name = 'x';", EXPECTED_COMPARISONS],
    ["'name' = 'x'", EXPECTED_COMPARISONS],
    ["name IN ('x' 'y')", EXPECTED_COMPARISONS],
    ["name IN ('x', 1)", EXPECTED_COMPARISONS],
    ["name = 'x", EXPECTED_COMPARISONS],
    ["name = '\0'", 'U+0000'],
    [`name = '${'x'.repeat(262_144)}'`, 'A filter has at most 262144'],
    [Array.from({ length: 201 }, () => 'name = x').join(' AND '), 'A filter has at most 200'],
  ])('refuses %j', (filter, text) => {
    expect(() => parseLoggedModelFilter(filter)).toThrow(text)
  })
})

describe('parseLoggedModelOrder', () => {
  test('reads attributes, their aliases, and metrics of a dataset', () => {
    const dataset = { name: 'd', digest: 'x' }
    expect(
      parseLoggedModelOrder([
        { fieldName: 'creation_timestamp', ascending: false },
        { fieldName: 'name', ascending: true },
        { fieldName: 'metrics.a.b', ascending: false, dataset },
      ]),
    ).toEqual([
      { kind: 'attribute', attribute: 'creation_timestamp_ms', direction: 'desc' },
      { kind: 'attribute', attribute: 'name', direction: 'asc' },
      { kind: 'metric', key: 'a.b', dataset, direction: 'desc' },
    ])
  })

  test.each([
    ['foo', 'Invalid order by field name: foo'],
    ['params.x', 'Invalid order by field name: params.x. Only metrics are supported.'],
    ['attributes.name', 'Invalid order by field name: attributes.name. Only metrics are supported.'],
  ])('refuses %j', (fieldName, text) => {
    expect(() => parseLoggedModelOrder([{ fieldName, ascending: true }])).toThrow(text)
  })
})
