import type { Logger } from '@tidemill/core'

/** Reports a failure that repeats: once when it begins and once when it is over, not once per try. */
export interface OutageLog {
  failed(error: unknown): void
  /** Call after each success; silent unless there was a failure. */
  ended(): void
}

/** `messages` are the constant sentences of the log; what is down goes into `fields`. */
export const createOutageLog = (
  logger: Logger,
  fields: Readonly<Record<string, unknown>>,
  messages: { readonly failed: string; readonly ended: string },
): OutageLog => {
  let failures = 0
  return {
    failed: (error) => {
      failures += 1
      if (failures === 1) logger.warn({ ...fields, err: error }, messages.failed)
    },
    ended: () => {
      if (failures > 0) logger.info({ ...fields, failures }, messages.ended)
      failures = 0
    },
  }
}
