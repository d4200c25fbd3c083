import { InvalidParameterValueError } from '../errors.ts'
import type { Tag } from '../run/run.ts'

/** Registered models and versions with this tag `true` are prompts (spec/rest-api.md §2.14). */
export const IS_PROMPT_TAG = 'mlflow.prompt.is_prompt'
export const PROMPT_TEXT_TAG = 'mlflow.prompt.text'
const PROMPT_TYPE_TAG = '_mlflow_prompt_type'

/** What clients and the web page of MLflow give a prompt version as its source: a prompt has no files. */
const PLACEHOLDER_SOURCES: ReadonlySet<string> = new Set(['dummy-source', 'prompt-template'])

/** Of several tags with one key the last one counts. */
export const isPrompt = (tags: readonly Tag[]): boolean =>
  tags.findLast(({ key }) => key === IS_PROMPT_TAG)?.value.toLowerCase() === 'true'

/** Without the tags by which MLflow tells prompts from models and keeps their text. */
export const userPromptTags = (tags: readonly Tag[]): Tag[] =>
  tags.filter(({ key }) => key !== IS_PROMPT_TAG && key !== PROMPT_TYPE_TAG && key !== PROMPT_TEXT_TAG)

/** No tag may lead around the checks of a source (spec/security.md, CVE-2026-2614). Throws InvalidParameterValueError. */
export const validatePromptSource = (source: string): void => {
  if (!PLACEHOLDER_SOURCES.has(source)) {
    throw new InvalidParameterValueError(
      `Invalid prompt source: '${source}'. Prompt sources must use an MLflow placeholder.`,
    )
  }
}
