import { InvalidParameterValueError } from '../errors.ts'
import { toPythonJson, toPythonSet } from '../run/python-text.ts'
import { parseJson } from '../wire/parse-json.ts'

/** The run tag with a JSON list of the models that clients of MLflow 2 logged to the run. */
export const MODEL_HISTORY_TAG = 'mlflow.log-model.history'

/** Characters of the whole list. */
const MAX_HISTORY_LENGTH = 8 * 1024 * 1024
const MAX_SHOWN_JSON = 500
const MANDATORY_FIELDS = ['artifact_path', 'flavors', 'utc_time_created', 'run_id']

type JsonObject = Readonly<Record<string, unknown>>

/**
 * What the history keeps of a model's MLmodel file in JSON: its identity, and its flavors without their `config`.
 * Throws InvalidParameterValueError with MLflow's texts.
 */
export const parseModelJson = (text: string): JsonObject => {
  const model = parseJson(text)
  if (!isObject(model)) {
    throw new InvalidParameterValueError(
      `Malformed model info. \n ${text.slice(0, MAX_SHOWN_JSON)} \n is not a valid JSON${model === undefined ? '' : ' object'}.`,
    )
  }
  const missing = MANDATORY_FIELDS.filter((field) => !Object.hasOwn(model, field))
  if (missing.length > 0) {
    throw new InvalidParameterValueError(`Model json is missing mandatory fields: ${toPythonSet(missing)}`)
  }
  const { flavors } = model
  if (!isObject(flavors)) {
    throw new InvalidParameterValueError("Invalid model info: 'flavors' must be a JSON object of flavor names.")
  }
  const { run_id, artifact_path, utc_time_created, model_uuid } = model
  return {
    run_id,
    artifact_path,
    utc_time_created,
    model_uuid: model_uuid ?? null,
    flavors: Object.fromEntries(Object.entries(flavors).map(([name, flavor]) => [name, withoutConfig(flavor)])),
  }
}

/**
 * The tag's next value. Throws InvalidParameterValueError when the present one is not a JSON list (any client may
 * set a tag) or the list would grow beyond 8 Mi characters.
 */
export const appendToModelHistory = (history: string | undefined, model: JsonObject): string => {
  const models = history === undefined ? [] : parseJson(history)
  if (!Array.isArray(models)) {
    throw new InvalidParameterValueError(
      `The run's tag '${MODEL_HISTORY_TAG}' is not a JSON list, so no model can be added to it. Delete the tag and log the model again.`,
    )
  }
  const next = toPythonJson([...models, model])
  if (next.length > MAX_HISTORY_LENGTH) {
    throw new InvalidParameterValueError(
      `The run's tag '${MODEL_HISTORY_TAG}' would exceed ${MAX_HISTORY_LENGTH} characters with this model. Log it to another run.`,
    )
  }
  return next
}

const withoutConfig = (flavor: unknown): unknown =>
  isObject(flavor) ? Object.fromEntries(Object.entries(flavor).filter(([name]) => name !== 'config')) : flavor

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
