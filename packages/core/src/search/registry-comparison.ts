import { InvalidParameterValueError } from '../errors.ts'
import { IS_PROMPT_TAG } from '../registry/prompt.ts'
import { toPythonList } from '../run/python-text.ts'
import { type Identifier, parseIdentifier } from './identifier.ts'
import type { Comparison } from './parser.ts'
import { LIST_COMPARATORS, type ListComparison, TEXT_COMPARATORS, type TextComparison } from './tree.ts'

/** A condition on a tag of a registered model or a version. */
export interface RegistryTagClause {
  readonly kind: 'tag'
  readonly key: string
  readonly comparison: TextComparison
}

/** The conditions of a filter over the registry; all of them hold. */
export interface RegistryFilter<Clause> {
  readonly clauses: readonly Clause[]
  /** False: prompts are left out, whatever the clauses say (spec/rest-api.md §4.5). */
  readonly includesPrompts: boolean
}

/**
 * Prompts are found only by a filter whose first clause on their tag asks for them; every other clause on that tag
 * means the models that are no prompts, which lack the tag.
 */
export const toRegistryFilter = <Clause extends { readonly kind: string }>(
  clauses: readonly (Clause | RegistryTagClause)[],
): RegistryFilter<Clause | RegistryTagClause> => {
  const first = clauses.find(isPromptClause)
  const includesPrompts = first !== undefined && asksForPrompts(first.comparison)
  return { clauses: includesPrompts ? clauses : clauses.filter((clause) => !isPromptClause(clause)), includesPrompts }
}

const isPromptClause = (clause: { readonly kind: string }): clause is RegistryTagClause =>
  clause.kind === 'tag' && 'key' in clause && clause.key === IS_PROMPT_TAG

const asksForPrompts = ({ comparator, value }: TextComparison): boolean =>
  (comparator === '=' && value.toLowerCase() === 'true') || (comparator === '!=' && value.toLowerCase() === 'false')

/** The left side: an attribute or a tag. Throws InvalidParameterValueError with MLflow's texts. */
export const parseRegistryIdentifier = (
  text: string,
): { readonly entity: 'attribute' | 'tag'; readonly key: string } => {
  const identifier = parseIdentifier(text)
  if (identifier === undefined) {
    throw new InvalidParameterValueError(`Invalid comparison clause. Expected 'Identifier' found '${text}'`)
  }
  return { entity: toRegistryEntity(identifier), key: identifier.key }
}

export const toRegistryEntity = ({ entity = 'attribute' }: Identifier): 'attribute' | 'tag' => {
  if (entity === 'attribute') return entity
  if (entity === 'tag' || entity === 'tags') return 'tag'
  throw new InvalidParameterValueError(
    `Invalid entity type '${entity}'. Valid entity types are ('attribute', 'tag', 'tags')`,
  )
}

export const toTagClause = (key: string, { comparator, operand }: Comparison): RegistryTagClause => {
  if (operand.kind === 'word') throw notQuoted(operand.text)
  if (operand.kind !== 'string') {
    throw new InvalidParameterValueError(
      `Expected a quoted string value for tag (e.g. 'my-value'). Got value ${operand.text}`,
    )
  }
  return { kind: 'tag', key, comparison: { comparator: textComparator(comparator, 'tag'), value: operand.value } }
}

/** Quoted text, or a list of it for the attributes in `listed`. A number is for the caller to refuse. */
export const toRegistryAttribute = (
  attribute: string,
  { comparator, operand }: Comparison,
  listed: readonly string[],
): TextComparison | ListComparison => {
  if (operand.kind === 'word') throw notQuoted(operand.text)
  if (operand.kind === 'list') {
    validateListed(attribute, listed)
    const listComparator = LIST_COMPARATORS.find((name) => name === comparator)
    if (listComparator === undefined) throw wrongComparator(comparator, 'attribute')
    return { comparator: listComparator, values: operand.values }
  }
  if (operand.kind !== 'string') {
    throw new InvalidParameterValueError(
      `Expected a quoted string value or a list of quoted string values for attributes. Got value ${operand.text}`,
    )
  }
  return { comparator: textComparator(comparator, 'attribute'), value: operand.value }
}

/** Throws InvalidParameterValueError for an attribute that is not compared with lists. */
export const validateListed = (attribute: string, listed: readonly string[]): void => {
  if (!listed.includes(attribute)) {
    throw new InvalidParameterValueError(
      `Only ${toPythonList(listed)} attributes support comparison with a list of quoted string values.`,
    )
  }
}

const textComparator = (comparator: string, what: string): TextComparison['comparator'] => {
  const found = TEXT_COMPARATORS.find((name) => name === comparator)
  if (found === undefined) throw wrongComparator(comparator, what)
  return found
}

export const wrongComparator = (comparator: string, what: string): InvalidParameterValueError =>
  new InvalidParameterValueError(`Invalid comparator for ${what}: ${comparator}`)

export const notQuoted = (text: string): InvalidParameterValueError =>
  new InvalidParameterValueError(
    `Parameter value is either not quoted or unidentified quote types used for string value ${text}. Use either single or double quotes.`,
  )
