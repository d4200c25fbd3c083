import { expect, test } from 'vitest'
import type { EntryPoint } from '../project/project.ts'
import { checkWorkflow } from './check-workflow.ts'
import type { Placed, PlacedStep, PlacedWorkflow } from './definition.ts'

const placed = <T>(value: T): Placed<T> => ({ value, line: 1, column: 1 })

interface StepShape {
  readonly run?: string
  readonly needs?: readonly string[]
  readonly parameters?: Readonly<Record<string, string>>
  readonly matrix?: Readonly<Record<string, readonly string[]>>
  readonly attempts?: number
}

const aStep = (key: string, shape: StepShape): PlacedStep => ({
  key: placed(key),
  entryPoint: placed(shape.run ?? 'free'),
  needs: (shape.needs ?? []).map(placed),
  parameters: Object.entries(shape.parameters ?? {}).map(([name, value]) => ({
    name: placed(name),
    value: placed(value),
  })),
  retry: { attempts: placed(shape.attempts ?? 1), backoff: 'fixed', delayMs: 0 },
  ...(shape.matrix === undefined
    ? {}
    : {
        matrix: placed(
          Object.entries(shape.matrix).map(([name, values]) => ({ name: placed(name), values: values.map(placed) })),
        ),
      }),
})

const aWorkflow = (steps: Readonly<Record<string, StepShape>>, name = 'main'): PlacedWorkflow => ({
  name: placed(name),
  parameters: [{ name: 'rows', type: 'int', default: '1' }],
  steps: Object.entries(steps).map(([key, shape]) => aStep(key, shape)),
})

const ENTRY_POINTS: readonly EntryPoint[] = [
  { name: 'free', command: 'x', parameters: [] },
  {
    name: 'train',
    command: 'x',
    parameters: [
      { name: 'data', type: 'uri' },
      { name: 'lr', type: 'float', default: '1' },
    ],
  },
]

const findings = (workflow: PlacedWorkflow) =>
  checkWorkflow(workflow, ENTRY_POINTS).map(
    ({ message, hint }) => `${message}${hint === undefined ? '' : ` (${hint})`}`,
  )

const values = (count: number) => Array.from({ length: count }, (_, index) => String(index))

const chain = (length: number): Record<string, StepShape> =>
  Object.fromEntries(
    values(length).map((index) => [`s${index}`, index === '0' ? {} : { needs: [`s${Number(index) - 1}`] }]),
  )

test.for<[string, Record<string, StepShape>]>([
  ['a diamond', { d: { needs: ['b', 'c'] }, b: { needs: ['a'] }, c: { needs: ['a'] }, a: {} }],
  [
    'a reference over two needs',
    { a: {}, b: { needs: ['a'] }, c: { needs: ['b'], parameters: { x: '${{ steps.a.run_id }}' } } },
  ],
  ['a script as entry point', { a: { run: 'train.py', parameters: { k: 'v' } } }],
  [
    'run ids of a matrix',
    { a: { matrix: { x: values(181) } }, b: { needs: ['a'], parameters: { k: '${{ steps.a.run_ids }}' } } },
  ],
  [
    'a required parameter by reference',
    { a: { run: 'train', parameters: { data: '${{ workflow.parameters.rows }}' } } },
  ],
  ['a chain at the limit', chain(100)],
  ['a matrix at the limit', { a: { matrix: { x: values(10), y: values(100) }, parameters: { k: '${{ matrix.y }}' } } }],
  ['attempts at the limit', { a: { attempts: 100 } }],
])('accepts %s', ([, steps]) => {
  expect(findings(aWorkflow(steps))).toEqual([])
})

test.for<[string, Record<string, StepShape>]>([
  ["workflow 'main' has no steps", {}],
  ["unknown step 'trian' in needs (did you mean 'train'?)", { train: {}, b: { needs: ['trian'] } }],
  ["unknown step 'zzzzz' in needs (the steps are 'train', 'b')", { train: {}, b: { needs: ['zzzzz'] } }],
  ["step 'a' needs itself", { a: { needs: ['a'] } }],
  ["step 'a' is needed twice", { a: {}, b: { needs: ['a', 'a'] } }],
  [
    'steps need each other in a circle: a -> c -> b -> a',
    { a: { needs: ['c'] }, b: { needs: ['a'] }, c: { needs: ['b'] } },
  ],
  ['the longest chain of needs has 101 steps', chain(101)],
  ["step key '1a' is not allowed", { '1a': {} }],
  [`step key 'a${'b'.repeat(63)}' is not allowed`, { [`a${'b'.repeat(63)}`]: {} }],
  ["unknown entry point 'tarin' (did you mean 'train'?)", { a: { run: 'tarin' } }],
  ["gives no value for parameter 'data' of entry point 'train'", { a: { run: 'train' } }],
  ["Invalid parameter name 'x;y'", { a: { parameters: { 'x;y': '1' } } }],
  ['101 undeclared parameters', { a: { parameters: Object.fromEntries(values(101).map((key) => [`k${key}`, ''])) } }],
  ['Expected URI for parameter data but got plain', { a: { run: 'train', parameters: { data: 'plain' } } }],
  ['6001 characters', { a: { parameters: { k: 'x'.repeat(6001) } } }],
  ["the matrix of step 'a' is empty", { a: { matrix: {} } }],
  ["matrix 'x' has no values", { a: { matrix: { x: [] } } }],
  ["matrix name 'x y' is not allowed", { a: { matrix: { 'x y': ['1'] } } }],
  ['has a reference (matrix values are literal)', { a: { matrix: { x: ['${{ workflow.parameters.rows }}'] } } }],
  ["the matrix of step 'a' has 1001 combinations", { a: { matrix: { x: values(1001) } } }],
  ['retry attempts is 0', { a: { attempts: 0 } }],
  ['retry attempts is 101', { a: { attempts: 101 } }],
  ['is not a reference', { a: { parameters: { k: '${{ secrets.x }}' } } }],
  [
    "unknown workflow parameter 'row' (did you mean 'rows'?)",
    { a: { parameters: { k: '${{ workflow.parameters.row }}' } } },
  ],
  ["unknown matrix name 'x' (the step has no matrix)", { a: { parameters: { k: '${{ matrix.x }}' } } }],
  ["reference to unknown step 'b'", { a: { parameters: { k: '${{ steps.b.run_id }}' } } }],
  [
    "may not have run before step 'b' (add 'a' to its needs)",
    { a: {}, b: { parameters: { k: '${{ steps.a.run_id }}' } } },
  ],
  ["may not have run before step 'a'", { a: { parameters: { k: '${{ steps.a.run_id }}' } } }],
  [
    '(use ${{ steps.a.run_ids }})',
    { a: { matrix: { x: ['1'] } }, b: { needs: ['a'], parameters: { k: '${{ steps.a.artifacts.m }}' } } },
  ],
  [
    "the run ids of step 'a' are 6005 characters",
    { a: { matrix: { x: values(182) } }, b: { needs: ['a'], parameters: { k: '${{ steps.a.run_ids }}' } } },
  ],
])('says: %s', ([message, steps]) => {
  const found = findings(aWorkflow(steps))
  expect(found).toHaveLength(1)
  expect(found[0]).toContain(message)
})

test('refuses a workflow of too many steps, of too many runs in all, and a bad name', () => {
  expect(findings(aWorkflow(Object.fromEntries(values(1001).map((key) => [`s${key}`, {}]))))).toEqual([
    expect.stringContaining('has 1001 steps'),
  ])
  const wide = Object.fromEntries(values(11).map((key) => [`s${key}`, { matrix: { x: values(1000) } }]))
  expect(findings(aWorkflow(wide))).toEqual([expect.stringContaining('has 11000 runs in all')])
  expect(findings(aWorkflow({ a: {} }, 'a b'))).toEqual([expect.stringContaining("workflow name 'a b'")])
})

test('reports every problem of a workflow at once', () => {
  expect(findings(aWorkflow({ a: { needs: ['x'], run: 'zzz', attempts: 0 } }))).toHaveLength(3)
})

test('judges the largest workflow allowed in seconds, not minutes', () => {
  const keys = values(1000).map((key) => `step_with_a_long_name_${key}`)
  const steps = Object.fromEntries(
    keys.map((key, index) => [key, { needs: [...keys.slice(Math.max(0, index - 20), index), `unknown_${key}`] }]),
  )
  const start = performance.now()
  findings(aWorkflow(steps))
  expect(performance.now() - start).toBeLessThan(5000)
})
