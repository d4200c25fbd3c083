/**
 * Every way in which our answer may differ from MLflow's, with its reason. A difference that is not here fails the
 * test, and so does one that is here and no longer occurs.
 */
export interface AcceptedDifference {
  readonly name: string
  readonly reason: string
  /** Titles of requests, or `any` where the same place differs in many answers. */
  readonly requests: 'any' | readonly string[]
  /** Where in the answer, as `Difference.at` has it. */
  readonly at: RegExp
  /** The status of both answers, where they differ by it. */
  readonly statuses?: readonly [mlflow: number, ours: number]
}
