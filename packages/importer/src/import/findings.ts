import type { Finding, ReportFinding } from '../source/import-source.ts'

/** The first ones are kept, all are counted. */
const MAX_KEPT = 1000

export interface Findings {
  readonly report: ReportFinding
  readonly kept: readonly Finding[]
  readonly total: () => number
}

/** The same finding counts once: a source is read more than once. */
export const createFindings = (listener: ReportFinding): Findings => {
  const kept = new Map<string, Finding>()
  let total = 0
  return {
    get kept() {
      return [...kept.values()]
    },
    total: () => total,
    report: (finding) => {
      const key = `${finding.where}\n${finding.message}`
      if (kept.has(key)) return
      total++
      if (kept.size < MAX_KEPT) kept.set(key, finding)
      listener(finding)
    },
  }
}
