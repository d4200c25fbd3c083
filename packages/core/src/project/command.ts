import { InvalidParameterValueError } from '../errors.ts'
import { pad, parseCommandTemplate, type TemplatePart } from './command-template.ts'
import { didYouMean } from './nearest-name.ts'
import type { ParameterValue } from './parameters.ts'
import type { EntryPoint } from './project.ts'
import { quoteForShell } from './shell-quote.ts'

/** Something about a command that its author should know. */
export interface CommandProblem {
  readonly severity: 'error' | 'warning'
  readonly message: string
  readonly hint: string
}

/**
 * The shell command of one run: the template with shell-quoted values, then ` --key value` for every parameter that is
 * not declared (spec/mlproject.md §5.3). Line ends after the template are dropped before those, where MLflow would put
 * them on a line of their own. `parameters` come from resolveParameters. Throws InvalidParameterValueError.
 */
export const buildCommand = (entryPoint: EntryPoint, parameters: readonly ParameterValue[]): string => {
  const declared = new Set(entryPoint.parameters.map(({ name }) => name))
  const values = new Map(parameters.filter(({ name }) => declared.has(name)).map(({ name, value }) => [name, value]))
  const parts = parseCommandTemplate(entryPoint.command)
  const command = parts.map((part, index) => formatPart(part, parts[index - 1], values, entryPoint)).join('')
  const extra = parameters.filter(({ name }) => !declared.has(name))
  if (extra.length === 0) return command
  return [command.replace(/[\r\n]+$/, ''), ...extra.map(({ name, value }) => `--${name} ${quoteForShell(value)}`)].join(
    ' ',
  )
}

/** What is wrong with an entry point's command, whatever the values are. */
export const checkCommand = (entryPoint: EntryPoint): CommandProblem[] => {
  if (entryPoint.command.trim() === '') {
    return [
      { severity: 'error', message: 'the command is empty', hint: 'write the shell command that the entry point runs' },
    ]
  }
  const names = entryPoint.parameters.map(({ name }) => name)
  const parts = parseCommandTemplate(entryPoint.command)
  const errors = parts.flatMap((part, index): CommandProblem[] => {
    if (part.kind === 'problem') return [{ severity: 'error', message: part.message, hint: part.hint }]
    if (part.kind === 'text' || names.includes(part.name)) return []
    return [{ severity: 'error', ...describeUnknown(part, parts[index - 1], names) }]
  })
  return [...errors, ...warnAboutQuotes(parts)]
}

const formatPart = (
  part: TemplatePart,
  before: TemplatePart | undefined,
  values: ReadonlyMap<string, string>,
  entryPoint: EntryPoint,
): string => {
  if (part.kind === 'text') return part.text
  if (part.kind === 'problem')
    throw new InvalidParameterValueError(`${about(entryPoint)}: ${part.message} (${part.hint})`)
  const value = values.get(part.name)
  if (value === undefined) {
    const names = entryPoint.parameters.map(({ name }) => name)
    const { message, hint } = describeUnknown(part, before, names)
    throw new InvalidParameterValueError(`${about(entryPoint)}: ${message} (${hint})`)
  }
  const quoted = quoteForShell(value)
  return part.padding === undefined ? quoted : pad(quoted, part.padding)
}

const about = (entryPoint: EntryPoint): string => `The command of entry point '${entryPoint.name}' cannot be built`

const describeUnknown = (
  part: Extract<TemplatePart, { kind: 'placeholder' }>,
  before: TemplatePart | undefined,
  names: readonly string[],
): { message: string; hint: string } => {
  if (before?.kind === 'text' && before.text.endsWith('$')) {
    return {
      message: `$${part.source} is read as the parameter '${part.name}', which is not declared`,
      hint: `write \${${part.source}} for a shell variable`,
    }
  }
  const nearest = didYouMean(part.name.trim(), names)
  return {
    message: `placeholder ${part.source} is not a declared parameter`,
    hint:
      nearest ??
      `declare '${part.name}' under parameters, or write {${part.source}} when the braces belong to the shell`,
  }
}

/** Values bring their own quotes: inside another pair these end it, and a value with `;` or `$()` would run. */
const warnAboutQuotes = (parts: readonly TemplatePart[]): CommandProblem[] => {
  const warnings: CommandProblem[] = []
  let quote: string | undefined
  for (const part of parts) {
    if (part.kind === 'text') quote = quoteAfter(part.text, quote)
    else if (part.kind === 'placeholder' && quote !== undefined) {
      warnings.push({
        severity: 'warning',
        message: `placeholder ${part.source} stands between ${quote} quotes, and its value brings quotes of its own`,
        hint: `write ${part.source} without quotes around it`,
      })
    }
  }
  return warnings
}

/** The quote that is open after the text, by the rules of a POSIX shell. */
const quoteAfter = (text: string, open: string | undefined): string | undefined => {
  let quote = open
  for (let index = 0; index < text.length; index++) {
    const character = text.charAt(index)
    if (character === '\\' && quote !== "'") index++
    else if (quote === undefined && (character === '"' || character === "'")) quote = character
    else if (character === quote) quote = undefined
  }
  return quote
}
