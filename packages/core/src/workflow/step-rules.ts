import { findEntryPoint } from '../project/entry-point.ts'
import { didYouMean, listNames } from '../project/nearest-name.ts'
import { findExtraProblem, findValueProblem } from '../project/parameters.ts'
import { countCells, findingAt, showName, type GraphRule } from './graph-rule.ts'

const MAX_CELLS_PER_STEP = 1000
const MAX_ATTEMPTS = 100

const MATRIX_NAME = /^[A-Za-z_][A-Za-z0-9_.-]{0,249}$/

export const entryPointRule: GraphRule = ({ steps }, entryPoints) => {
  const names = entryPoints.map(({ name }) => name)
  const hint = names.length === 0 ? 'the project declares none' : `the entry points are ${listNames(names)}`
  return steps
    .filter(({ entryPoint: { value } }) => value !== '' && findEntryPoint(entryPoints, value) === undefined)
    .map(({ entryPoint }) =>
      findingAt(
        entryPoint,
        `unknown entry point ${showName(entryPoint.value)}`,
        didYouMean(entryPoint.value, names) ?? `${hint}; a script is named with its extension, .py or .sh`,
      ),
    )
}

export const requiredParameterRule: GraphRule = ({ steps }, entryPoints) =>
  steps.flatMap((step) => {
    const given = new Set(step.parameters.map(({ name }) => name.value))
    return (findEntryPoint(entryPoints, step.entryPoint.value)?.parameters ?? [])
      .filter((parameter) => parameter.default === undefined && !given.has(parameter.name))
      .map(({ name }) =>
        findingAt(
          step.key,
          `step ${showName(step.key.value)} gives no value for parameter '${name}' of entry point '${step.entryPoint.value}'`,
          `add '${name}' under the parameters of the step, or a default in the entry point`,
        ),
      )
  })

/** Undeclared parameters of a known entry point become `--key value` options, as with `mlflow run`. */
export const extraParameterRule: GraphRule = ({ steps }, entryPoints) =>
  steps.flatMap((step) => {
    const entryPoint = findEntryPoint(entryPoints, step.entryPoint.value)
    if (entryPoint === undefined) return []
    const declared = new Set(entryPoint.parameters.map(({ name }) => name))
    const names = step.parameters.map(({ name }) => name).filter(({ value }) => !declared.has(value))
    const malformed = names.filter(({ value }) => findExtraProblem([value]) !== undefined)
    const places = malformed.length > 0 ? malformed : names.slice(0, 1)
    return places.flatMap((place) => {
      const problem = findExtraProblem(malformed.length > 0 ? [place.value] : names.map(({ value }) => value))
      return problem === undefined ? [] : [findingAt(place, problem)]
    })
  })

export const parameterValueRule: GraphRule = ({ steps }, entryPoints) =>
  steps.flatMap((step) => {
    const declared = findEntryPoint(entryPoints, step.entryPoint.value)?.parameters ?? []
    return step.parameters.flatMap(({ name, value }) => {
      const type = declared.find((parameter) => parameter.name === name.value)?.type ?? 'string'
      // A value with references has its final form only when the step starts.
      const isFinal = !value.value.includes('${{')
      const problem = findValueProblem({ name: name.value, type: isFinal ? type : 'string' }, value.value)
      return problem === undefined ? [] : [findingAt(value, problem)]
    })
  })

export const matrixRule: GraphRule = ({ steps }) =>
  steps.flatMap(({ key, matrix }) => {
    if (matrix === undefined) return []
    if (matrix.value.length === 0) {
      const message = `the matrix of step ${showName(key.value)} is empty`
      return [findingAt(matrix, message, 'add a name with a list of values, or remove the matrix')]
    }
    return matrix.value.flatMap(({ name, values }) => [
      ...(MATRIX_NAME.test(name.value)
        ? []
        : [findingAt(name, `matrix name ${showName(name.value)} is not allowed`, 'use letters, digits, _ . and -')]),
      ...(values.length > 0
        ? []
        : [findingAt(name, `matrix ${showName(name.value)} has no values`, 'list at least one')]),
      ...values
        .filter(({ value }) => value.includes('${{'))
        .map((value) =>
          findingAt(value, `matrix value ${showName(value.value)} has a reference`, 'matrix values are literal'),
        ),
    ])
  })

export const cellCountRule: GraphRule = ({ steps }) =>
  steps.flatMap((step) => {
    const cells = countCells(step)
    if (step.matrix === undefined || cells <= MAX_CELLS_PER_STEP) return []
    const message = `the matrix of step ${showName(step.key.value)} has ${cells} combinations, at most ${MAX_CELLS_PER_STEP} are allowed`
    return [findingAt(step.matrix, message, 'list fewer values, or split the step')]
  })

export const retryRule: GraphRule = ({ steps }) =>
  steps
    .map(({ retry }) => retry.attempts)
    .filter(({ value }) => value < 1 || value > MAX_ATTEMPTS)
    .map((attempts) =>
      findingAt(attempts, `retry attempts is ${attempts.value}`, `give a number from 1 to ${MAX_ATTEMPTS}`),
    )
