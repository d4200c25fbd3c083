import { PermissionDeniedError } from '@tidemill/core'

/** The answer is a 401 in plain text, which browsers and MLflow's clients know what to do with. */
export class NotAuthenticatedError extends Error {
  override readonly name = 'NotAuthenticatedError'
}

/** The answer is a 403 in plain text, as MLflow's is. */
export class AccessDeniedError extends PermissionDeniedError {
  constructor() {
    super('Permission denied')
  }
}

export const NOT_AUTHENTICATED_TEXT =
  'You are not authenticated. Please see https://www.mlflow.org/docs/latest/auth/index.html#authenticating-to-mlflow on how to authenticate.'
