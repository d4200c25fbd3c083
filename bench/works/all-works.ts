import { artifactWorks } from './artifacts.ts'
import { historyPageWork, sampledHistoryWork } from './history.ts'
import { loggingWorks } from './logging.ts'
import { registryWorks } from './registry.ts'
import { createRunWork, getRunWork } from './runs.ts'
import { searchWorks } from './search.ts'
import type { Work } from './work.ts'

/** In the order of spec/performance.md §6.1. */
export const allWorks: readonly Work[] = [
  ...loggingWorks,
  createRunWork,
  getRunWork,
  ...searchWorks,
  sampledHistoryWork,
  historyPageWork,
  ...registryWorks,
  ...artifactWorks,
]
