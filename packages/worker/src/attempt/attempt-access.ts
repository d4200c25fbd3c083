import { createHash, randomBytes } from 'node:crypto'
import { type ClaimedAttempt, PermissionDeniedError, toReadPlace, type UserStore } from '@tidemill/core'
import type { AttemptInputs } from './attempt-inputs.ts'

/** What a worker asks about the users that its steps act for. */
export type AttemptUsers = Pick<UserStore, 'mayRead' | 'saveAttemptToken'>

/** Throws PermissionDeniedError for a parameter that names files which the submitter may not read. */
export const validateReads = async (
  { submitter }: Pick<ClaimedAttempt, 'submitter'>,
  { parameters }: Pick<AttemptInputs, 'parameters'>,
  users: AttemptUsers,
): Promise<void> => {
  if (submitter === undefined) return
  for (const { name, value } of parameters) {
    const place = toReadPlace(value)
    if (place !== undefined && !(await users.mayRead(submitter, place))) {
      throw new PermissionDeniedError(
        `Parameter '${name}' is '${value}', which the user who submitted this workflow run may not read. Ask its owner for the permission READ.`,
      )
    }
  }
}

const TOKEN_PREFIX = 'tms_'
const TOKEN = /tms_[\w-]{43}/g

/** Logs are read by more people than a step acts for. */
export const maskTokens = (text: string): string => text.replace(TOKEN, '***')

/**
 * How a step says for whom it calls the server: a token that works until the attempt's lease ends. Empty where the
 * server asks nobody; undefined when the lease is lost.
 */
export const toLoginVariables = async (
  { lease, submitter }: Pick<ClaimedAttempt, 'lease' | 'submitter'>,
  users: AttemptUsers,
): Promise<Readonly<Record<string, string>> | undefined> => {
  if (submitter === undefined) return {}
  const token = `${TOKEN_PREFIX}${randomBytes(32).toString('base64url')}`
  const isSaved = await users.saveAttemptToken(lease, createHash('sha256').update(token).digest())
  if (!isSaved) return undefined
  // A client that has a name and a password sends those instead: what the worker has is not the step's.
  return { MLFLOW_TRACKING_TOKEN: token, MLFLOW_TRACKING_USERNAME: '', MLFLOW_TRACKING_PASSWORD: '' }
}
