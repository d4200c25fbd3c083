import { NO_RETRY, type StepDefinition } from '@tidemill/core'

/** A step whose entry point has its own key as name. */
export const aStep = (key: string, step: Partial<Omit<StepDefinition, 'key'>> = {}): StepDefinition => ({
  key,
  entryPoint: key,
  needs: [],
  parameters: [],
  matrix: [],
  retry: NO_RETRY,
  ...step,
})

const cells = (count: number): StepDefinition['matrix'] => [
  { name: 'cell', values: Array.from({ length: count }, (_, index) => String(index)) },
]

/** Every shape has a step `b`, for a behaviour to happen to. Steps are not in order of their dependencies. */
export const GRAPHS: Readonly<Record<string, readonly StepDefinition[]>> = {
  single: [aStep('b')],
  chain: [aStep('c', { needs: ['b'] }), aStep('b', { needs: ['a'] }), aStep('a')],
  diamond: [aStep('d', { needs: ['c', 'b'] }), aStep('b', { needs: ['a'] }), aStep('c', { needs: ['a'] }), aStep('a')],
  matrix: [aStep('c', { needs: ['b'] }), aStep('b', { needs: ['a'], matrix: cells(7) }), aStep('a')],
  'two roots': [aStep('c', { needs: ['a', 'b'] }), aStep('b'), aStep('a')],
  disconnected: [aStep('a'), aStep('b'), aStep('c', { needs: ['b'] }), aStep('d', { needs: ['a'] })],
}

/** The steps that cannot run when `key` fails. */
export const dependentsOf = (key: string, steps: readonly StepDefinition[]): ReadonlySet<string> => {
  const found = new Set<string>()
  const visit = (needed: string): void => {
    for (const step of steps) {
      if (!step.needs.includes(needed) || found.has(step.key)) continue
      found.add(step.key)
      visit(step.key)
    }
  }
  visit(key)
  return found
}
