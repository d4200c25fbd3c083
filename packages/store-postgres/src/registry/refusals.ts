import {
  InvalidParameterValueError,
  isPrompt,
  type NewRegisteredModel,
  ResourceAlreadyExistsError,
  ResourceDoesNotExistError,
} from '@tidemill/core'

export const noRegisteredModel = (name: string): ResourceDoesNotExistError =>
  new ResourceDoesNotExistError(`Registered Model with name=${name} not found`)

export const noModelVersion = (name: string, version: number): ResourceDoesNotExistError =>
  new ResourceDoesNotExistError(`Model Version (name=${name}, version=${version}) not found`)

export const noVersionOfStage = (name: string, stage?: string): ResourceDoesNotExistError =>
  new ResourceDoesNotExistError(
    `No versions of model with name '${name}'${stage === undefined ? '' : ` and stage '${stage}'`} found`,
  )

export const noLoggedModel = (modelId: string): ResourceDoesNotExistError =>
  new ResourceDoesNotExistError(`Logged model with ID '${modelId}' not found.`)

/** MLflow answers a missing alias with 400, not 404. */
export const noAlias = (alias: string): InvalidParameterValueError =>
  new InvalidParameterValueError(`Registered model alias ${alias} not found.`)

/** Models and prompts share their names. */
export const nameTaken = (model: NewRegisteredModel, isTakenByPrompt: boolean): ResourceAlreadyExistsError => {
  const [taken, given] = [isTakenByPrompt, isPrompt(model.tags)].map((is) => (is ? 'Prompt' : 'Registered Model'))
  if (taken === given) return new ResourceAlreadyExistsError(`${given} (name=${model.name}) already exists.`)
  return new ResourceAlreadyExistsError(
    `Tried to create a ${given?.toLowerCase()} with name '${model.name}', but the name is already taken by a ${taken?.toLowerCase()}. MLflow does not allow creating a model and a prompt with the same name.`,
  )
}

export const newNameTaken = (name: string): ResourceAlreadyExistsError =>
  new ResourceAlreadyExistsError(
    `Registered Model (name=${name}) already exists. Choose another name, or delete that model first.`,
  )
