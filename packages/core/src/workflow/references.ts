import { parseArtifactPath } from '../artifact/artifact-path.ts'
import { DomainError, InvalidParameterValueError } from '../errors.ts'
import { listNames } from '../project/nearest-name.ts'
import { pythonFloat } from '../project/python-float.ts'

/**
 * What a `${{ }}` stands for:
 *
 *     ${{ workflow.parameters.NAME }}    ${{ matrix.NAME }}
 *     ${{ steps.KEY.run_id }}            ${{ steps.KEY.params.NAME }}     ${{ steps.KEY.artifacts.PATH }}
 *     ${{ steps.KEY.run_ids }}           ${{ steps.KEY.metrics.NAME }}
 */
export type Reference =
  | { readonly kind: 'workflow_parameter'; readonly name: string }
  | { readonly kind: 'matrix'; readonly name: string }
  | { readonly kind: 'run_id' | 'run_ids'; readonly step: string }
  | { readonly kind: 'params' | 'metrics'; readonly step: string; readonly name: string }
  | { readonly kind: 'artifacts'; readonly step: string; readonly path: string }

export type ReferencePart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'reference'; readonly reference: Reference; readonly source: string }
  | { readonly kind: 'malformed'; readonly message: string; readonly hint: string }

/** A finished run of a step. */
export interface RunOutput {
  readonly runId: string
  readonly params: Readonly<Record<string, string>>
  /** Last values. */
  readonly metrics: Readonly<Record<string, number>>
}

export interface ReferenceContext {
  readonly workflowParameters: Readonly<Record<string, string>>
  /** Of the cell; empty for a plain step. */
  readonly matrix: Readonly<Record<string, string>>
  /** Per step that has succeeded: the runs of its cells, by cell index. */
  readonly steps: Readonly<Record<string, readonly RunOutput[]>>
}

const GRAMMAR =
  'one of workflow.parameters.NAME, matrix.NAME, steps.KEY.run_id, steps.KEY.run_ids, steps.KEY.params.NAME, steps.KEY.metrics.NAME, steps.KEY.artifacts.PATH'

/** The text cut into literal pieces and references. Total: what is not a reference is a `malformed` piece. */
export const parseReferences = (text: string): ReferencePart[] => {
  const parts: ReferencePart[] = []
  let position = 0
  for (;;) {
    const start = text.indexOf('${{', position)
    if (start < 0) break
    if (start > position) parts.push({ kind: 'text', text: text.slice(position, start) })
    const end = text.indexOf('}}', start)
    if (end < 0) {
      parts.push({
        kind: 'malformed',
        message: `'${text.slice(start, start + 80)}' has no end`,
        hint: 'close it with }}',
      })
      return parts
    }
    parts.push(parseReference(text.slice(start, end + 2)))
    position = end + 2
  }
  if (position < text.length) parts.push({ kind: 'text', text: text.slice(position) })
  return parts
}

/** The steps that the text refers to. `needsData`: their params or metrics have to be read. */
export const listReferencedSteps = (
  text: string,
): readonly { readonly step: string; readonly needsData: boolean }[] => {
  const steps = new Map<string, boolean>()
  for (const part of parseReferences(text)) {
    if (part.kind !== 'reference' || !('step' in part.reference)) continue
    const { kind, step } = part.reference
    steps.set(step, (steps.get(step) ?? false) || kind === 'params' || kind === 'metrics')
  }
  return Array.from(steps, ([step, needsData]) => ({ step, needsData }))
}

/** The text with every reference replaced. Throws InvalidParameterValueError that names what the context lacks. */
export const resolveReferences = (text: string, context: ReferenceContext): string =>
  parseReferences(text)
    .map((part) => {
      if (part.kind === 'text') return part.text
      if (part.kind === 'malformed') throw new InvalidParameterValueError(`${part.message} (${part.hint})`)
      return resolve(part.reference, part.source, context)
    })
    .join('')

const parseReference = (source: string): ReferencePart => {
  const path = source.slice(3, -2).trim()
  const [, parameter] = /^workflow\.parameters\.(.+)$/s.exec(path) ?? []
  if (parameter !== undefined) {
    return { kind: 'reference', source, reference: { kind: 'workflow_parameter', name: parameter } }
  }
  const [, matrix] = /^matrix\.(.+)$/s.exec(path) ?? []
  if (matrix !== undefined) return { kind: 'reference', source, reference: { kind: 'matrix', name: matrix } }
  const [, step = '', output = '', rest] = /^steps\.([A-Za-z_][A-Za-z0-9_-]*)\.([a-z_]+)(?:\.(.+))?$/s.exec(path) ?? []
  if (rest === undefined) {
    if (output === 'run_id' || output === 'run_ids') {
      return { kind: 'reference', source, reference: { kind: output, step } }
    }
  } else if (output === 'params' || output === 'metrics') {
    return { kind: 'reference', source, reference: { kind: output, step, name: rest } }
  } else if (output === 'artifacts') {
    return isArtifactPath(rest)
      ? { kind: 'reference', source, reference: { kind: 'artifacts', step, path: rest } }
      : {
          kind: 'malformed',
          message: `${source} has an invalid artifact path`,
          hint: 'write a relative path without ..',
        }
  }
  return { kind: 'malformed', message: `${source.slice(0, 120)} is not a reference`, hint: `write ${GRAMMAR}` }
}

const isArtifactPath = (text: string): boolean => {
  try {
    return parseArtifactPath(text) !== ''
  } catch (error) {
    if (error instanceof DomainError) return false
    throw error
  }
}

const resolve = (reference: Reference, source: string, context: ReferenceContext): string => {
  switch (reference.kind) {
    case 'workflow_parameter':
      return pick(context.workflowParameters, reference.name, source, 'The workflow has the parameters')
    case 'matrix':
      return pick(context.matrix, reference.name, source, 'The cell has')
    case 'run_ids':
      return findRuns(reference.step, source, context)
        .map(({ runId }) => runId)
        .join(',')
    case 'run_id':
      return findRun(reference.step, source, context).runId
    case 'artifacts':
      return `runs:/${findRun(reference.step, source, context).runId}/${reference.path}`
    case 'params': {
      const run = findRun(reference.step, source, context)
      return pick(run.params, reference.name, source, `Run ${run.runId} of step '${reference.step}' logged the params`)
    }
    case 'metrics': {
      const run = findRun(reference.step, source, context)
      const label = `Run ${run.runId} of step '${reference.step}' logged the metrics`
      return pythonFloat(pick(run.metrics, reference.name, source, label))
    }
  }
}

const findRuns = (step: string, source: string, context: ReferenceContext): readonly RunOutput[] => {
  const runs = Object.hasOwn(context.steps, step) ? context.steps[step] : undefined
  if (runs === undefined || runs.length === 0) {
    throw new InvalidParameterValueError(`${source}: step '${step}' has no finished run. Add it to needs.`)
  }
  return runs
}

const findRun = (step: string, source: string, context: ReferenceContext): RunOutput => {
  const [run, ...others] = findRuns(step, source, context)
  if (run === undefined || others.length > 0) {
    throw new InvalidParameterValueError(
      `${source}: step '${step}' has ${others.length + 1} runs, one per matrix cell. Use \${{ steps.${step}.run_ids }}.`,
    )
  }
  return run
}

const pick = <T>(values: Readonly<Record<string, T>>, name: string, source: string, owner: string): T => {
  const value = Object.hasOwn(values, name) ? values[name] : undefined
  if (value !== undefined) return value
  const names = Object.keys(values)
  throw new InvalidParameterValueError(
    `${source}: there is no '${name}'. ${owner} ${names.length === 0 ? '(none)' : listNames(names)}.`,
  )
}
