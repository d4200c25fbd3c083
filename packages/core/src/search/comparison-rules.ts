import { InvalidParameterValueError } from '../errors.ts'
import { toPythonSet } from '../run/python-text.ts'
import type { Comparison } from './parser.ts'
import {
  LIST_COMPARATORS,
  type ListComparison,
  NUMBER_COMPARATORS,
  type NumberComparison,
  TEXT_COMPARATORS,
  type TextComparison,
} from './tree.ts'

/** `what` is how the message calls the left side: `metric`, `numeric attribute: start_time`. */
export const toNumberComparison = ({ comparator, operand }: Comparison, what: string): NumberComparison => {
  if (operand.kind !== 'number') {
    throw new InvalidParameterValueError(`Expected numeric value type for ${what}. Found ${operand.text}`)
  }
  return { comparator: oneOf(NUMBER_COMPARATORS, comparator), value: operand.value }
}

/** Undefined for a comparison with a value. */
export const toPresence = ({ comparator, operand }: Comparison): boolean | undefined =>
  operand.kind === 'nothing' ? comparator === 'IS NOT NULL' : undefined

/** `what` is how the message calls the left side: `parameter`, `tag`. */
export const toTextComparison = (comparison: Comparison, what: string): TextComparison => {
  const { comparator, operand } = comparison
  if (operand.kind === 'word') throw unquoted(operand.text)
  if (operand.kind !== 'string') {
    throw new InvalidParameterValueError(
      `Expected a quoted string value for ${what} (e.g. 'my-value'). Got value ${operand.text}`,
    )
  }
  return { comparator: oneOf(TEXT_COMPARATORS, comparator), value: operand.value }
}

/** As `toTextComparison`, with the texts for attributes. */
export const toAttributeComparison = ({ comparator, operand }: Comparison): TextComparison => {
  if (operand.kind === 'word') throw unquoted(operand.text)
  if (operand.kind === 'list') {
    throw new InvalidParameterValueError(
      "Only the 'run_id' attribute supports comparison with a list of quoted string values.",
    )
  }
  if (operand.kind !== 'string') throw unquotedAttribute(operand.text)
  return { comparator: oneOf(TEXT_COMPARATORS, comparator), value: operand.value }
}

/** A quoted string, or a list of them after IN and NOT IN. */
export const toTextOrListComparison = ({ comparator, operand }: Comparison): TextComparison | ListComparison => {
  if (operand.kind === 'word') throw unquoted(operand.text)
  const listComparator = LIST_COMPARATORS.find((name) => name === comparator)
  if (listComparator !== undefined) {
    if (operand.kind === 'list') return { comparator: listComparator, values: operand.values }
    throw new InvalidParameterValueError(
      `While parsing a list in the query, expected a non-empty list of string values, but got ${operand.text}`,
    )
  }
  if (operand.kind !== 'string') throw unquotedAttribute(operand.text)
  const names = [...TEXT_COMPARATORS, ...LIST_COMPARATORS]
  const textComparator = TEXT_COMPARATORS.find((name) => name === comparator)
  if (textComparator === undefined) throw notOneOf(names, comparator)
  return { comparator: textComparator, value: operand.value }
}

/** Throws `Invalid attribute key 'x' specified. Valid keys are '{…}'`. */
export const invalidAttribute = (key: string, valid: readonly string[]): InvalidParameterValueError =>
  new InvalidParameterValueError(`Invalid attribute key '${key}' specified. Valid keys are '${toPythonSet(valid)}'`)

const oneOf = <Name extends string>(names: readonly Name[], comparator: string): Name => {
  const found = names.find((name) => name === comparator)
  if (found === undefined) throw notOneOf(names, comparator)
  return found
}

const notOneOf = (names: readonly string[], comparator: string): InvalidParameterValueError =>
  new InvalidParameterValueError(`Invalid comparator '${comparator}' not one of '${toPythonSet(names)}'`)

const unquoted = (text: string): InvalidParameterValueError =>
  new InvalidParameterValueError(
    `Parameter value is either not quoted or unidentified quote types used for string value ${text}. Use either single or double quotes.`,
  )

const unquotedAttribute = (text: string): InvalidParameterValueError =>
  new InvalidParameterValueError(`Expected a quoted string value for attributes. Got value ${text}`)
