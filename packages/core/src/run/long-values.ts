import { InvalidParameterValueError } from '../errors.ts'
import type { Param, Tag } from './run.ts'
import { isLongerThan, MAX_PARAM_VALUE_LENGTH, MAX_TAG_VALUE_LENGTH } from './value-limits.ts'

/**
 * For servers that cut nothing (`MLFLOW_TRUNCATE_LONG_VALUES=false`). Throws InvalidParameterValueError naming the
 * first value that is too long by its place in the message: `params[3].value`, or `value` of a message of one.
 */
export const refuseLongValues = (
  { params = [], tags = [] }: { readonly params?: readonly Param[]; readonly tags?: readonly Tag[] },
  isSingle = false,
): void => {
  const check = (name: string, values: readonly Tag[], max: number): void => {
    const index = values.findIndex(({ value }) => isLongerThan(value, max))
    if (index === -1) return
    const path = isSingle ? 'value' : `${name}[${index}].value`
    throw new InvalidParameterValueError(`'${path}' exceeds the maximum length of ${max} characters`)
  }
  check('params', params, MAX_PARAM_VALUE_LENGTH)
  check('tags', tags, MAX_TAG_VALUE_LENGTH)
}
