import { z } from 'zod'

export type JsonSchema = Readonly<Record<string, unknown>>

/** What a client may send or gets, in JSON Schema of the draft that OpenAPI 3.1 takes. */
export const toJsonSchema = (schema: z.ZodType): JsonSchema => {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(toMessage(schema), {
    target: 'draft-2020-12',
    // Before defaults and conversions: an int64 may come as text.
    io: 'input',
    unrepresentable: 'any',
    reused: 'inline',
  })
  return rest
}

/** The fields of a message, by name; empty for what is no object. */
export const fieldsOf = (
  schema: z.ZodType,
): readonly { readonly name: string; readonly isRequired: boolean; readonly schema: JsonSchema }[] => {
  const { properties, required } = toJsonSchema(schema)
  if (typeof properties !== 'object' || properties === null) return []
  const names: readonly unknown[] = Array.isArray(required) ? required : []
  return Object.entries(properties).map(([name, field]: [string, unknown]) => ({
    name,
    isRequired: names.includes(name),
    schema: typeof field === 'object' && field !== null ? { ...field } : {},
  }))
}

/** Of a message whose old field names are read first, the message. */
const toMessage = (schema: z.ZodType): z.ZodType =>
  schema instanceof z.ZodPipe && schema.in instanceof z.ZodTransform && schema.out instanceof z.ZodType
    ? toMessage(schema.out)
    : schema
