import { InvalidParameterValueError } from '../errors.ts'
import { validateLength, validateStorable } from '../run/key-rules.ts'
import { toPythonText } from '../run/python-text.ts'
import type { Param, Tag } from '../run/run.ts'
import type { NewLoggedModel } from './logged-model.ts'

const FORBIDDEN_IN_NAMES = ['/', ':', '.', '%', '"', "'"]
const MAX_NAME_LENGTH = 500
const MAX_MODEL_TYPE_LENGTH = 500
const MAX_RUN_ID_LENGTH = 256
const MAX_KEY_LENGTH = 255

/** Throws InvalidParameterValueError with MLflow's texts (spec/rest-api.md §3.9). */
export const validateNewLoggedModel = (model: NewLoggedModel): void => {
  if (model.name !== undefined) validateLoggedModelName(model.name)
  validateText(model.modelType ?? '', MAX_MODEL_TYPE_LENGTH, 'model_type')
  validateText(model.sourceRunId ?? '', MAX_RUN_ID_LENGTH, 'source_run_id')
  validateLoggedModelParams(model.params)
  validateLoggedModelTags(model.tags)
}

/** Keys have no charset rule, values no limit of their own. Throws InvalidParameterValueError. */
export const validateLoggedModelTags = (tags: readonly Tag[]): void => validatePairs(tags, 'tags')

/** A repeated key must come with one value. Throws InvalidParameterValueError. */
export const validateLoggedModelParams = (params: readonly Param[]): void => {
  validatePairs(params, 'params')
  const values = new Map<string, string>()
  for (const { key, value } of params) {
    const earlier = values.get(key)
    if (earlier !== undefined && earlier !== value) {
      throw new InvalidParameterValueError(
        `Duplicate parameter key ${toPythonText(key)} has been submitted with different values. Please ensure the request contains only one param value per param key.`,
      )
    }
    values.set(key, value)
  }
}

const validateLoggedModelName = (name: string): void => {
  if (name === '' || FORBIDDEN_IN_NAMES.some((character) => name.includes(character))) {
    const characters = FORBIDDEN_IN_NAMES.map(toPythonText).join(', ')
    throw new InvalidParameterValueError(
      `Invalid model name (${toPythonText(name)}) provided. Model name must be a non-empty string and cannot contain the following characters: (${characters})`,
    )
  }
  validateText(name, MAX_NAME_LENGTH, 'name')
}

const validatePairs = (pairs: readonly { readonly key: string; readonly value: string }[], field: string): void => {
  for (const [index, { key, value }] of pairs.entries()) {
    validateText(key, MAX_KEY_LENGTH, `${field}[${index}].key`)
    validateStorable(value, `${field}[${index}].value`)
  }
}

const validateText = (text: string, max: number, parameter: string): void => {
  validateLength(text, max, parameter)
  validateStorable(text, parameter)
}
