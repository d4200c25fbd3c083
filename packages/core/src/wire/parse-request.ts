import type { z } from 'zod'
import { InvalidParameterValueError } from '../errors.ts'

/** JSON nested deeper than this is refused. */
const MAX_DEPTH = 64
const MAX_SHOWN_VALUE = 500

/**
 * Decodes a request message by MLflow's rules (spec/rest-api.md §1.3): null means absent, unknown fields are
 * ignored. Throws InvalidParameterValueError with MLflow's texts; wrong types are reported before missing fields.
 * `json` is the text that the message was read from, of which refusals show numbers as they stand there: `9.0`.
 */
export const parseRequest = <Schema extends z.ZodType>(
  schema: Schema,
  message: unknown,
  json?: string,
): z.output<Schema> => {
  const present = withoutNulls(message, 0)
  const parsed = schema.safeParse(present)
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map((issue) => {
    const value = valueAt(present, issue.path)
    const shown = typeof value === 'number' ? (numberAt(json, issue.path) ?? String(value)) : show(value)
    const hint =
      issue.code === 'invalid_type' ? ` Hint: Value was of type '${pythonType(value, shown)}'.` : issue.message
    return { name: toParameterName(issue.path), value, shown, hint }
  })
  const wrong = problems.find(({ value }) => value !== undefined && value !== '')
  if (wrong !== undefined) {
    throw new InvalidParameterValueError(
      `Invalid value ${wrong.shown} for parameter '${wrong.name}' supplied: ${wrong.hint} See the API docs for more information about request parameters.`,
    )
  }
  throw new InvalidParameterValueError(
    `Missing value for required parameter '${problems[0]?.name ?? ''}'. See the API docs for more information about request parameters.`,
  )
}

/** `metrics[0].timestamp` */
const toParameterName = (path: readonly PropertyKey[]): string =>
  path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`))
    .join('')

const valueAt = (message: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (value, part) => (typeof value === 'object' && value !== null ? Reflect.get(value, part) : undefined),
    message,
  )

/** A number of the message as its text has it: JavaScript's own text of `9.0` is `9`. */
const numberAt = (json: string | undefined, path: readonly PropertyKey[]): string | undefined => {
  if (json === undefined) return undefined
  const literals: unknown = JSON.parse(json, (_key, value: unknown, context?: { readonly source?: string }) =>
    typeof value === 'number' ? (context?.source ?? value) : value,
  )
  const literal = valueAt(literals, path)
  return typeof literal === 'string' && literal.length <= MAX_SHOWN_VALUE ? literal : undefined
}

/** MLflow tells the type that its server, which is written in Python, has seen. */
const pythonType = (value: unknown, shown: string): string => {
  if (Array.isArray(value)) return 'list'
  if (typeof value === 'number') return /^-?\d+$/.test(shown) ? 'int' : 'float'
  if (typeof value === 'boolean') return 'bool'
  return typeof value === 'string' ? 'str' : 'dict'
}

const show = (value: unknown): string => {
  const text = value === undefined ? '' : JSON.stringify(value)
  return text.length > MAX_SHOWN_VALUE ? `${text.slice(0, MAX_SHOWN_VALUE)}…` : text
}

const withoutNulls = (value: unknown, depth: number): unknown => {
  if (typeof value !== 'object' || value === null) return value
  if (depth >= MAX_DEPTH) {
    throw new InvalidParameterValueError(
      `The request is nested more than ${MAX_DEPTH} levels deep. Send a flatter message.`,
    )
  }
  if (Array.isArray(value)) return value.map((item) => withoutNulls(item, depth + 1))
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== null)
      .map(([key, item]) => [key, withoutNulls(item, depth + 1)]),
  )
}
