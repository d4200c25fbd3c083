import { describe, expect, test } from 'vitest'
import type { NewLoggedModel } from './logged-model.ts'
import { validateLoggedModelParams, validateNewLoggedModel } from './logged-model-rules.ts'

const aModel = (model: Partial<NewLoggedModel> = {}): NewLoggedModel => ({
  experimentId: '1',
  params: [],
  tags: [],
  ...model,
})

describe('validateNewLoggedModel', () => {
  test.each(['m', 'データ', 'a b-c_d', 'x'.repeat(500)])('takes the name %j', (name) => {
    expect(() => validateNewLoggedModel(aModel({ name }))).not.toThrow()
  })

  // Names are never paths: the corpora of spec/security.md all have one of these characters.
  test.each(['', 'a/b', 'a:b', 'a.b', '../x', 'a%2fb', 'a"b', "a'b", '/etc/passwd', 'file:///x'])(
    'refuses the name %j',
    (name) => {
      expect(() => validateNewLoggedModel(aModel({ name }))).toThrow(
        `provided. Model name must be a non-empty string and cannot contain the following characters: ('/', ':', '.', '%', '"', "'")`,
      )
    },
  )

  test.each<[string, Partial<NewLoggedModel>, string]>([
    ['a long name', { name: 'x'.repeat(501) }, "'name' exceeds the maximum length of 500 characters"],
    ['a long type', { modelType: 'x'.repeat(501) }, "'model_type' exceeds the maximum length of 500 characters"],
    ['a long run id', { sourceRunId: 'x'.repeat(257) }, "'source_run_id' exceeds the maximum length"],
    [
      'a long param key',
      { params: [{ key: 'x'.repeat(256), value: '' }] },
      "'params[0].key' exceeds the maximum length",
    ],
    ['a null in a tag', { tags: [{ key: 'k', value: '\0' }] }, "parameter 'tags[0].value'"],
    ['a null in a name', { name: 'a\0' }, "parameter 'name'"],
  ])('refuses %s', (_, model, message) => {
    expect(() => validateNewLoggedModel(aModel(model))).toThrow(message)
  })
})

describe('validateLoggedModelParams', () => {
  test('a repeated param has one value', () => {
    const param = { key: 'a', value: '1' }
    expect(() => validateLoggedModelParams([param, param])).not.toThrow()
    expect(() => validateLoggedModelParams([param, { key: 'a', value: '2' }])).toThrow(
      "Duplicate parameter key 'a' has been submitted with different values.",
    )
  })
})
