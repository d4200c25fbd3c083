/** What the command's exit code says to a script; `docs/cli.md` and `tidemill --help` have the same table. */
export const EXIT_CODES = {
  /** It worked; a workflow run that was waited for succeeded. */
  success: 0,
  /** The workflow run failed or ran out of time, or something went wrong that was nobody's input. */
  failure: 1,
  /** Wrong arguments, a bad project, an unknown id. */
  usage: 2,
  /** The workflow run was cancelled, by Ctrl-C too. */
  cancelled: 3,
  /** No server answered, or the Postgres of one that should start did not. */
  unreachable: 4,
  /** Stopped at once by a second Ctrl-C. */
  interrupted: 130,
} as const

export type ExitCode = (typeof EXIT_CODES)[keyof typeof EXIT_CODES]

export const EXIT_CODE_TABLE: readonly (readonly [ExitCode, string])[] = [
  [EXIT_CODES.success, 'it worked; the workflow run succeeded'],
  [EXIT_CODES.failure, 'the workflow run failed or timed out; an internal error; doctor found something missing'],
  [EXIT_CODES.usage, 'wrong arguments or settings, a bad project, an unknown id'],
  [EXIT_CODES.cancelled, 'the workflow run was cancelled (Ctrl-C cancels)'],
  [EXIT_CODES.unreachable, 'no server answered, or no Postgres'],
  [EXIT_CODES.interrupted, 'stopped at once by a second Ctrl-C'],
]
