import { InvalidParameterValueError } from '../errors.ts'
import { MODEL_STAGES, type ModelStage } from './registry.ts'

/** In any case, as MLflow takes it. Throws InvalidParameterValueError. */
export const parseModelStage = (text: string): ModelStage => {
  const stage = MODEL_STAGES.find((name) => name.toLowerCase() === text.toLowerCase())
  if (stage === undefined) {
    throw new InvalidParameterValueError(
      `Invalid Model Version stage: ${text}. Value must be one of ${MODEL_STAGES.join(', ')}.`,
    )
  }
  return stage
}

/** Only versions in Staging and Production make room for another one. Throws InvalidParameterValueError. */
export const parseTransition = (text: string, archiveExisting: boolean): ModelStage => {
  const stage = parseModelStage(text)
  if (archiveExisting && stage !== 'Staging' && stage !== 'Production') {
    throw new InvalidParameterValueError(
      `Model version transition cannot archive existing model versions because '${text}' is not an Active stage. Valid stages are ['Staging', 'Production']`,
    )
  }
  return stage
}
