/** One thing that doctor looked at. */
export interface Check {
  readonly name: string
  /** `warning`: some projects will not run; `missing`: nothing will. */
  readonly status: 'ok' | 'warning' | 'missing'
  /** What was found: a version, a path, a URL, or what is wrong. */
  readonly detail: string
  readonly advice?: string
}
