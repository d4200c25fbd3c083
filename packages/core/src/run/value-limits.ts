import type { Param, Tag } from './run.ts'

/** Characters (code points) of a metric, param or tag key. */
export const MAX_KEY_LENGTH = 250
/** Characters that are kept of a param value; the rest is cut off, as MLflow does. */
export const MAX_PARAM_VALUE_LENGTH = 6000
/** Characters that are kept of a run tag value. */
export const MAX_TAG_VALUE_LENGTH = 8000
const LARGEST_DOUBLE = Number.MAX_VALUE

/** Length in code points, as Python and Postgres count it. */
export const characterCount = (text: string): number => {
  let count = 0
  for (const _ of text) count++
  return count
}

/** True when the text has more than `max` code points. */
export const isLongerThan = (text: string, max: number): boolean => text.length > max && characterCount(text) > max

/** The param as it is kept: a long value is cut. */
export const toStoredParam = (param: Param): Param => ({
  key: param.key,
  value: truncate(param.value, MAX_PARAM_VALUE_LENGTH),
})

/** The tag as it is kept: a long value is cut. `mlflow.log-model.history` is kept whole: it is JSON, and cut JSON breaks its readers. */
export const toStoredTag = (tag: Tag): Tag =>
  tag.key === 'mlflow.log-model.history' ? tag : { key: tag.key, value: truncate(tag.value, MAX_TAG_VALUE_LENGTH) }

/** Infinities become the largest double of their sign; NaN stays. */
export const toStoredValue = (value: number): number => Math.max(-LARGEST_DOUBLE, Math.min(LARGEST_DOUBLE, value))

/** Of several tags with one key the last one wins. */
export const lastOfEachKey = (tags: readonly Tag[]): Tag[] => [...new Map(tags.map((tag) => [tag.key, tag])).values()]

const truncate = (text: string, max: number): string => {
  if (text.length <= max) return text
  let end = 0
  let count = 0
  for (const character of text) {
    if (count === max) break
    end += character.length
    count++
  }
  return text.slice(0, end)
}
