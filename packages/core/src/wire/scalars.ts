import { z } from 'zod'

const INTEGER_TEXT = /^[+-]?\d{1,19}(\.0*)?$/
const NUMBER_TEXT = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?$/

/** protobuf's JSON form of an int64: a number, an integral float (`5.0`) or a numeric string, within ±2^53. */
export const Int64 = z.union([z.number(), z.string().max(64)]).transform((value, context) => {
  const number = typeof value === 'number' ? value : INTEGER_TEXT.test(value) ? Number(value) : Number.NaN
  if (Number.isSafeInteger(number)) return number
  context.issues.push({ code: 'custom', input: value, message: 'Value was not a 64-bit integer within ±2^53.' })
  return z.NEVER
})

/** protobuf's JSON form of a double: a number, a numeric string, `NaN`, `Infinity` or `-Infinity`. */
export const Double = z.union([z.number(), z.string().max(512)]).transform((value, context) => {
  const number = typeof value === 'number' ? value : toDouble(value)
  if (number !== undefined) return number
  context.issues.push({ code: 'custom', input: value, message: 'Please specify value as a valid double.' })
  return z.NEVER
})

const toDouble = (text: string): number | undefined => {
  if (text === 'NaN') return Number.NaN
  if (text === 'Infinity') return Number.POSITIVE_INFINITY
  if (text === '-Infinity') return Number.NEGATIVE_INFINITY
  return NUMBER_TEXT.test(text) ? Number(text) : undefined
}

/** A double on its way out: JSON has no NaN, so protobuf writes the non-finite ones as strings. */
export const DoubleWire = z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity'])])
export type DoubleWire = z.infer<typeof DoubleWire>

export const toDoubleWire = (value: number): DoubleWire => {
  if (Number.isNaN(value)) return 'NaN'
  if (value === Number.POSITIVE_INFINITY) return 'Infinity'
  return value === Number.NEGATIVE_INFINITY ? '-Infinity' : value
}

/** protobuf's JSON form of an enum: its name, its number, or its number as text. */
export const protoEnum = <Name extends string>(numbers: Readonly<Record<Name, number>>) =>
  z.union([z.number(), z.string().max(64)]).transform((value, context): Name => {
    for (const name in numbers) {
      if (value === name || String(value) === String(numbers[name])) return name
    }
    const names = Object.keys(numbers).join(', ')
    context.issues.push({ code: 'custom', input: value, message: `Value was not one of ${names}.` })
    return z.NEVER
  })

/** A string that must be there: the empty one counts as missing, as in MLflow. */
export const RequiredString = z.string().min(1)

/** An id that clients also send as a JSON integer. */
export const IdText = z.union([z.string(), z.number().int()]).transform(String)
export const RequiredId = IdText.pipe(RequiredString)
export const OptionalId = IdText.optional()

export const TagWire = z.object({ key: RequiredString, value: z.string().default('') })
export type TagWire = z.infer<typeof TagWire>

/** The answer of calls that only do something. */
export const Empty = z.object({})
