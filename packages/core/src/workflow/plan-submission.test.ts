import { expect, test } from 'vitest'
import { NO_RETRY, type ProjectSpec, type WorkflowDefinition } from '../project/project.ts'
import { planSubmission } from './plan-submission.ts'

const workflow = (name: string): WorkflowDefinition => ({
  name,
  parameters: [
    { name: 'rows', type: 'int', default: '10' },
    { name: 'source', type: 'uri' },
  ],
  steps: [{ key: 's', entryPoint: 'main', needs: [], parameters: [], matrix: [], retry: NO_RETRY }],
})

const spec = (...workflows: string[]): ProjectSpec => ({
  environment: { kind: 'python_env' },
  entryPoints: [{ name: 'main', command: 'x {a}', parameters: [{ name: 'a', type: 'string', default: '1' }] }],
  workflows: workflows.map(workflow),
})

test('runs workflow main when nothing is named and the project defines it', () => {
  expect(planSubmission({ parameters: { source: 's3://b' } }, spec('other', 'main'))).toEqual({
    target: { kind: 'workflow', workflow: workflow('main') },
    parameters: { rows: '10', source: 's3://b' },
    name: 'main',
  })
})

test('runs entry point main when nothing is named and there is no such workflow', () => {
  const plan = planSubmission({ parameters: { b: '2' } }, spec('other'))
  expect(plan).toEqual({
    target: { kind: 'entry_point', entryPoint: 'main' },
    parameters: { a: '1', b: '2' },
    name: 'main',
  })
  expect(Object.keys(plan.parameters)).toEqual(['a', 'b'])
})

test('runs the entry point named, a script too, beside a workflow main', () => {
  expect(planSubmission({ entryPoint: 'main', parameters: {} }, spec('main')).target.kind).toBe('entry_point')
  expect(planSubmission({ entryPoint: 'x.py', parameters: {} }, spec('main')).name).toBe('x.py')
})

test.for([
  [{ entryPoint: 'main', workflow: 'main', parameters: {} }, 'Name only one'],
  [
    { workflow: 'mian', parameters: {} },
    "Could not find workflow 'mian' among the workflows 'main'. Did you mean 'main'?",
  ],
  [{ entryPoint: 'nope', parameters: {} }, "Could not find nope among entry points ['main']"],
  [{ parameters: {} }, "No value given for missing parameters: 'source'"],
  [
    { parameters: { source: 's3://b', row: '1', z: '2' } },
    "no parameters 'row', 'z'. It declares 'rows', 'source'. Did you mean 'rows'?",
  ],
  [{ parameters: { source: 'plain' } }, 'Expected URI for parameter source but got plain'],
] as const)('refuses %j and says %s', ([request, message]) => {
  expect(() => planSubmission(request, spec('main'))).toThrow(message)
})

test('says that a project has no workflows', () => {
  expect(() => planSubmission({ workflow: 'main', parameters: {} }, spec())).toThrow('defines no workflows')
})
