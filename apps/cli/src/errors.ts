import { EXIT_CODES, type ExitCode } from './exit-codes.ts'

/** Ends the command with a message for the person who typed it and an exit code. */
export class CliError extends Error {
  override readonly name = 'CliError'
  readonly exitCode: ExitCode

  constructor(message: string, exitCode: ExitCode = EXIT_CODES.usage, options?: ErrorOptions) {
    super(message, options)
    this.exitCode = exitCode
  }
}

/** What to print and the code to exit with. The classes are loaded only when something has failed. */
export const describeError = async (
  error: unknown,
): Promise<{ readonly message: string; readonly exitCode: ExitCode }> => {
  if (error instanceof CliError) return error
  const [{ ApiError, ServerUnreachableError }, { DomainError }] = await Promise.all([
    import('@tidemill/sdk'),
    import('@tidemill/core'),
  ])
  const message = error instanceof Error ? error.message : String(error)
  if (error instanceof ServerUnreachableError) return { message, exitCode: EXIT_CODES.unreachable }
  if (error instanceof ApiError) {
    return { message, exitCode: error.status >= 500 ? EXIT_CODES.failure : EXIT_CODES.usage }
  }
  if (error instanceof DomainError) {
    const isInternal = error.code === 'INTERNAL_ERROR' || error.code === 'TEMPORARILY_UNAVAILABLE'
    return { message, exitCode: isInternal ? EXIT_CODES.failure : EXIT_CODES.usage }
  }
  return { message, exitCode: EXIT_CODES.failure }
}
