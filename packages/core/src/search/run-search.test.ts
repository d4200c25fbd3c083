import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { InvalidParameterValueError } from '../errors.ts'
import { parseRunFilter, parseRunOrderBy } from './run-search.ts'

const errorOf = (work: () => unknown): unknown => {
  try {
    work()
    return undefined
  } catch (error) {
    return error
  }
}

describe('a filter over runs', () => {
  test.each([
    ['', []],
    ['   ', []],
    ['metrics.loss < 0.5', [{ kind: 'metric', key: 'loss', comparison: { comparator: '<', value: 0.5 } }]],
    ['metric.a>=-1e-3', [{ kind: 'metric', key: 'a', comparison: { comparator: '>=', value: -0.001 } }]],
    ['metrics.`a b` = 1', [{ kind: 'metric', key: 'a b', comparison: { comparator: '=', value: 1 } }]],
    ['`metrics.a b` = 1', [{ kind: 'metric', key: 'a b', comparison: { comparator: '=', value: 1 } }]],
    ['metrics.a.b.c != 1', [{ kind: 'metric', key: 'a.b.c', comparison: { comparator: '!=', value: 1 } }]],
    ["params.lr = '0.1'", [{ kind: 'param', key: 'lr', comparison: { comparator: '=', value: '0.1' } }]],
    ["parameters.lr ilike '%'", [{ kind: 'param', key: 'lr', comparison: { comparator: 'ILIKE', value: '%' } }]],
    [
      'tags."mlflow.runName" = "it\'s"',
      [{ kind: 'tag', key: 'mlflow.runName', comparison: { comparator: '=', value: "it's" } }],
    ],
    ["tag.a = 'it''s'", [{ kind: 'tag', key: 'a', comparison: { comparator: '=', value: "it''s" } }]],
    [
      "status != 'FAILED'",
      [{ kind: 'text_attribute', attribute: 'status', comparison: { comparator: '!=', value: 'FAILED' } }],
    ],
    [
      '`Run name` LIKE "a%"',
      [{ kind: 'text_attribute', attribute: 'run_name', comparison: { comparator: 'LIKE', value: 'a%' } }],
    ],
    [
      'attr.created > 5',
      [{ kind: 'time_attribute', attribute: 'start_time', comparison: { comparator: '>', value: 5 } }],
    ],
    [
      'run_id NOT  in (\'a\',"b", )',
      [{ kind: 'text_attribute', attribute: 'run_id', comparison: { comparator: 'NOT IN', values: ['a', 'b'] } }],
    ],
    ['params.a IS NULL', [{ kind: 'presence', entity: 'param', key: 'a', isPresent: false }]],
    ['tags.`a b` is not null', [{ kind: 'presence', entity: 'tag', key: 'a b', isPresent: true }]],
    ["datasets.name IN ('d')", [{ kind: 'dataset', key: 'name', comparison: { comparator: 'IN', values: ['d'] } }]],
    [
      "metrics.a > 1 and params.b = 'x AND y' AND run.end_time <= 2",
      [
        { kind: 'metric', key: 'a', comparison: { comparator: '>', value: 1 } },
        { kind: 'param', key: 'b', comparison: { comparator: '=', value: 'x AND y' } },
        { kind: 'time_attribute', attribute: 'end_time', comparison: { comparator: '<=', value: 2 } },
      ],
    ],
  ])('%s is understood', (filter, clauses) => {
    expect(parseRunFilter(filter)).toEqual(clauses)
  })

  test.each([
    ['metrics.a > 1 OR metrics.b > 2', "Invalid clause(s) in filter string: 'OR'"],
    ['metrics.a > 1 AND', "Invalid clause(s) in filter string: 'AND'"],
    ['AND', "Invalid clause(s) in filter string: 'AND'"],
    ['(metrics.a > 1)', "Invalid clause(s) in filter string: '(metrics.a > 1)'"],
    ['this is not a filter', "Invalid clause(s) in filter string: 'this is not a filter'"],
    ['metrics.a > 1 AND junk AND also junk', "Invalid clause(s) in filter string: 'junk', 'also junk'"],
    ['metrics.a IS NULL', "IS NULL / IS NOT NULL is only supported for tags and params, not for 'metric' 'a'"],
    ['params.a IS', "Invalid clause(s) in filter string: 'params.a IS'"],
    ['params.a IS NULL 1', "Invalid clause(s) in filter string: 'params.a IS NULL 1'"],
    ['params.my-key = 1', "Invalid clause(s) in filter string: 'params.my-key = 1'"],
    [
      "metrics.a > 1; params.b = 'x'",
      "Search filter contained multiple expression 'metrics.a > 1; params.b = 'x''. Provide AND-ed expression list.",
    ],
    ["params.a = 'x", "Invalid filter 'params.a = 'x'. Could not be parsed."],
    [
      'model.a > 1',
      "Invalid entity type 'model'. Valid values are ['metric', 'parameter', 'tag', 'attribute', 'dataset']",
    ],
    ["lifecycle_stage = 'active'", "Invalid attribute key 'lifecycle_stage' specified. Valid keys are '{'run_id', "],
    [
      "dataset.profile = 'x'",
      "Invalid dataset key 'profile' specified. Valid keys are '{'name', 'digest', 'context'}'",
    ],
    ["metrics.a > 'x'", "Expected numeric value type for metric. Found 'x'"],
    ["start_time > 'x'", "Expected numeric value type for numeric attribute: start_time. Found 'x'"],
    ['params.a = 1', "Expected a quoted string value for parameter (e.g. 'my-value'). Got value 1"],
    ['tags.a = 1', "Expected a quoted string value for tag (e.g. 'my-value'). Got value 1"],
    ['status = 1', 'Expected a quoted string value for attributes. Got value 1'],
    [
      'params.a = abc',
      'Parameter value is either not quoted or unidentified quote types used for string value abc. Use either single or double quotes.',
    ],
    ['params.a = `b`', 'Parameter value is either not quoted'],
    ['metrics.a = = 1', 'Invalid comparison clause. Expected 3 tokens found 4'],
    ["'a' = 'b'", "Invalid comparison clause. Expected 'Identifier' found ''a''"],
    ['1 = 1', "Invalid comparison clause. Expected 'Identifier' found '1'"],
    ['metrics. = 1', "Invalid comparison clause. Expected 'Identifier' found 'metrics.'"],
    ["params.a > '1'", "Invalid comparator '>' not one of '{'=', '!=', 'LIKE', 'ILIKE'}'"],
    ['metrics.a LIKE 1', "Invalid comparator 'LIKE' not one of '{'>', '>=', '=', '!=', '<', '<='}'"],
    ['metrics.a == 1', "Invalid comparator '==' not one of"],
    ["run_id > 'a'", "Invalid comparator '>' not one of '{'=', '!=', 'LIKE', 'ILIKE', 'IN', 'NOT IN'}'"],
    ["status IN ('a')", "Only the 'run_id' attribute supports comparison with a list of quoted string values."],
    ['run_id IN ()', 'expected a non-empty list of string values, but got empty list'],
    ["run_id IN ('a' 'b')", 'expected a non-empty list of string values, but got ill-formed list.'],
    ["run_id IN (,'a')", 'expected a non-empty list of string values, but got ill-formed list.'],
    ["run_id IN ('a'", `Invalid clause(s) in filter string: "run_id IN ('a'"`],
    ['run_id IN (', "Invalid clause(s) in filter string: 'run_id IN ('"],
    ['run_name = true', "Invalid clause(s) in filter string: 'run_name = true'"],
    ['metrics.a = Null', "Invalid clause(s) in filter string: 'metrics.a = Null'"],
    ["run_id IN ('a', 1)", "but got different type in list: ('a', 1)"],
    ["run_id IN 'a'", "expected a non-empty list of string values, but got 'a'"],
    ["params.a = 'x\0y'", "parameter 'filter'"],
  ])('%s is refused', (filter, message) => {
    expect(() => parseRunFilter(filter)).toThrow(InvalidParameterValueError)
    expect(() => parseRunFilter(filter)).toThrow(message)
  })

  test('a filter has bounds', () => {
    const comparisons = (count: number) => Array.from({ length: count }, () => 'metrics.a > 1').join(' AND ')
    expect(parseRunFilter(comparisons(200))).toHaveLength(200)
    expect(() => parseRunFilter(comparisons(201))).toThrow('Invalid filter with 201 comparisons')
    const tooLong = `params.a = '${'x'.repeat(262_144)}'`
    expect(() => parseRunFilter(tooLong)).toThrow('Invalid filter of 262157 characters')
  })

  test('no text throws anything but InvalidParameterValueError', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'metrics.',
        'params',
        '.',
        'a',
        ' ',
        'AND',
        'OR',
        'NOT IN',
        '(',
        ')',
        ',',
        ';',
        "'",
        '"',
        '`',
        '\\',
      ),
      fc.constantFrom('=', '!=', '<', 'LIKE', '1', '-', '1e9', "'x'", 'run_id', 'status', '\0', '😀'),
      fc.string({ unit: 'binary', maxLength: 5 }),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const text = pieces.join('')
        const errors = [errorOf(() => parseRunFilter(text)), errorOf(() => parseRunOrderBy([text]))]
        expect(errors.filter((error) => !(error instanceof InvalidParameterValueError))).toEqual(
          errors.filter((error) => error === undefined),
        )
      }),
      { numRuns: 500 },
    )
  })

  test('any quoted key and value come back as they were', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1 }).filter((value) => !/[`'\\\0]/.test(value))
    fc.assert(
      fc.property(text, text, (key, value) => {
        expect(parseRunFilter(`tags.\`${key}\` = '${value}'`)).toEqual([
          { kind: 'tag', key, comparison: { comparator: '=', value } },
        ])
      }),
    )
  })
})

describe('an order_by over runs', () => {
  test.each([
    [['metrics.loss'], [{ kind: 'metric', key: 'loss', direction: 'asc' }]],
    [
      ['metrics.`a b` desc', 'params.x ASC'],
      [
        { kind: 'metric', key: 'a b', direction: 'desc' },
        { kind: 'param', key: 'x', direction: 'asc' },
      ],
    ],
    [['tags."a b" DESC'], [{ kind: 'tag', key: 'a b', direction: 'desc' }]],
    [['attribute.Created DESC'], [{ kind: 'attribute', attribute: 'start_time', direction: 'desc' }]],
    [['end_time'], [{ kind: 'attribute', attribute: 'end_time', direction: 'asc' }]],
    // A tag and a param of one name are two fields.
    [
      ['tags.a', 'params.a'],
      [
        { kind: 'tag', key: 'a', direction: 'asc' },
        { kind: 'param', key: 'a', direction: 'asc' },
      ],
    ],
  ])('%j is understood', (orderBy, orders) => {
    expect(parseRunOrderBy(orderBy)).toEqual(orders)
  })

  test.each([
    [[''], "Invalid order_by clause ''. Could not be parsed."],
    [["'open"], "Invalid order_by clause ''open'. Could not be parsed."],
    [['metrics.a sideways'], "Invalid ordering key in order_by clause 'metrics.a sideways'."],
    [['metrics.a ASC DESC'], "Invalid order_by clause 'metrics.a ASC DESC'. Could not be parsed."],
    [['1 ASC'], "Invalid ordering key in order_by clause '1 ASC'."],
    [['metrics. ASC'], "Invalid ordering key in order_by clause 'metrics. ASC'."],
    [['run_name', '`Run name`'], "Invalid attribute key 'Run name' specified."],
    [['dataset.name'], "Invalid order_by entity 'dataset'"],
    [['foo.a'], "Invalid entity type 'foo'."],
    [['start_time', 'created DESC'], "`order_by` contains duplicate fields: ['start_time', 'start_time']"],
    [Array.from({ length: 21 }, (_, index) => `metrics.m${index}`), 'Invalid order_by with 21 elements'],
  ])('%j is refused', (orderBy, message) => {
    expect(() => parseRunOrderBy(orderBy)).toThrow(InvalidParameterValueError)
    expect(() => parseRunOrderBy(orderBy)).toThrow(message)
  })
})
