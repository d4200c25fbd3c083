import type { StepDefinition } from '../project/project.ts'

/**
 * Every combination of a step's matrix in definition order, the last name varying fastest.
 * A step without a matrix has one cell without values: `[{}]`.
 */
export const expandMatrix = (matrix: StepDefinition['matrix']): Readonly<Record<string, string>>[] =>
  matrix.reduce<Record<string, string>[]>(
    (cells, { name, values }) => cells.flatMap((cell) => values.map((value) => ({ ...cell, [name]: value }))),
    [{}],
  )
