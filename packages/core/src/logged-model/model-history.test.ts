import { describe, expect, test } from 'vitest'
import { appendToModelHistory, parseModelJson } from './model-history.ts'

const model = { run_id: 'r', artifact_path: 'model', utc_time_created: 't', flavors: {} }

describe('parseModelJson', () => {
  test('keeps the identity and the flavors without their config', () => {
    const flavors = { sklearn: { config: { a: 1 }, serialization_format: 'pickle' }, odd: 7 }
    const text = JSON.stringify({ ...model, model_uuid: 'u', flavors, mlflow_version: '2', signature: {} })
    expect(parseModelJson(text)).toEqual({
      ...model,
      model_uuid: 'u',
      flavors: { sklearn: { serialization_format: 'pickle' }, odd: 7 },
    })
  })

  test('a model without an id has none', () => {
    expect(parseModelJson(JSON.stringify(model))).toHaveProperty('model_uuid', null)
  })

  test.each([
    ['{x', 'Malformed model info. \n {x \n is not a valid JSON.'],
    ['[]', 'Malformed model info. \n [] \n is not a valid JSON object.'],
    ['{"run_id": 1}', "Model json is missing mandatory fields: {'artifact_path', 'flavors', 'utc_time_created'}"],
    [JSON.stringify({ ...model, flavors: 'x' }), "'flavors' must be a JSON object"],
  ])('refuses %j', (text, message) => {
    expect(() => parseModelJson(text)).toThrow(message)
  })
})

describe('appendToModelHistory', () => {
  test('adds at the end of the list', () => {
    const first = appendToModelHistory(undefined, { a: 1 })
    expect(appendToModelHistory(first, { b: 2 })).toBe('[{"a": 1}, {"b": 2}]')
  })

  test.each(['', 'text', '{}'])('refuses a tag that is no list: %j', (history) => {
    expect(() => appendToModelHistory(history, {})).toThrow('is not a JSON list')
  })

  test('refuses a list that is too long', () => {
    expect(() => appendToModelHistory('[]', { a: 'x'.repeat(8 * 1024 * 1024) })).toThrow('would exceed 8388608')
  })
})
