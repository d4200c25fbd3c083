import { expect, test } from 'vitest'
import { listReferencedSteps, parseReferences, resolveReferences, type ReferenceContext } from './references.ts'

const context: ReferenceContext = {
  workflowParameters: { rows: '1000', 'learning rate': '0.1' },
  matrix: { alpha: '0.5' },
  steps: {
    prepare: [{ runId: 'a1', params: { k: "it's" }, metrics: { rmse: 0.1, 'val/acc': 100, tiny: 1e-5 } }],
    train: [
      { runId: 'b1', params: {}, metrics: {} },
      { runId: 'b2', params: {}, metrics: {} },
    ],
  },
}

test.for([
  ['plain', 'plain'],
  ['', ''],
  ['${{ workflow.parameters.rows }}', '1000'],
  ['${{workflow.parameters.rows}}', '1000'],
  ['${{ workflow.parameters.learning rate }}', '0.1'],
  ['a-${{ matrix.alpha }}-b', 'a-0.5-b'],
  ['${{ steps.prepare.run_id }}', 'a1'],
  ['${{ steps.prepare.run_ids }}', 'a1'],
  ['${{ steps.train.run_ids }}', 'b1,b2'],
  ['${{ steps.prepare.params.k }}', "it's"],
  ['${{ steps.prepare.metrics.rmse }}', '0.1'],
  ['${{ steps.prepare.metrics.val/acc }}', '100.0'],
  ['${{ steps.prepare.metrics.tiny }}', '1e-05'],
  ['${{ steps.prepare.artifacts.data/train.csv }}', 'runs:/a1/data/train.csv'],
  ['${{ matrix.alpha }}${{ matrix.alpha }}', '0.50.5'],
  ['$HOME {x} }}', '$HOME {x} }}'],
] as const)('resolves %s to %s', ([text, value]) => {
  expect(resolveReferences(text, context)).toBe(value)
})

test('does not read a resolved value again', () => {
  const tricky = { ...context, workflowParameters: { rows: '${{ matrix.alpha }}' } }
  expect(resolveReferences('${{ workflow.parameters.rows }}', tricky)).toBe('${{ matrix.alpha }}')
})

test.for([
  ['${{ workflow.parameters.row }}', "there is no 'row'. The workflow has the parameters 'rows', 'learning rate'"],
  ['${{ matrix.beta }}', "there is no 'beta'. The cell has 'alpha'"],
  ['${{ steps.prepare.metrics.mae }}', "Run a1 of step 'prepare' logged the metrics 'rmse', 'val/acc', 'tiny'"],
  ['${{ steps.prepare.params.constructor }}', "Run a1 of step 'prepare' logged the params 'k'"],
  ['${{ steps.other.run_id }}', "step 'other' has no finished run"],
  ['${{ steps.toString.run_id }}', "step 'toString' has no finished run"],
  ['${{ steps.train.run_id }}', 'Use ${{ steps.train.run_ids }}'],
  ['${{ matrix.alpha', 'has no end'],
  ['${{ steps.prepare }}', 'is not a reference'],
  ['${{ steps.prepare.outputs.x }}', 'is not a reference'],
  ['${{ steps.prepare.run_id.x }}', 'is not a reference'],
  ['${{ }}', 'is not a reference'],
  ['${{ steps.prepare.artifacts.../x }}', 'invalid artifact path'],
  ['${{ steps.prepare.artifacts./etc/passwd }}', 'invalid artifact path'],
] as const)('refuses %s and says %s', ([text, message]) => {
  expect(() => resolveReferences(text, context)).toThrow(message)
})

test('lists the steps that a text refers to, and whether their params or metrics are needed', () => {
  const text = '${{ steps.b.run_id }} ${{ steps.a.artifacts.x }} ${{ steps.b.metrics.m }} ${{ matrix.z }}'
  expect(listReferencedSteps(text)).toEqual([
    { step: 'b', needsData: true },
    { step: 'a', needsData: false },
  ])
})

test('cuts a text into pieces that make up the whole', () => {
  expect(parseReferences('x ${{ matrix.a }} y').map((part) => part.kind)).toEqual(['text', 'reference', 'text'])
})
