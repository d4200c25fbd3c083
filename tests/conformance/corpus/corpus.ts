import { artifacts } from './artifacts.ts'
import { datasets, logModel } from './datasets.ts'
import type { Exchange } from './exchange.ts'
import { experiments, experimentSearch } from './experiments.ts'
import { http, webhooks } from './http.ts'
import { loggedModels } from './logged-models.ts'
import { modelVersions, registeredModels, registrySearch, stagesAndAliases } from './registry.ts'
import { batches, metrics, params, runs, sampledHistory, tags } from './runs.ts'
import { runSearch } from './run-search.ts'

/** Every request in the order in which it is sent: later ones use what earlier ones made. */
export const corpus: readonly Exchange[] = [
  ...experiments,
  ...experimentSearch,
  ...runs,
  ...params,
  ...tags,
  ...metrics,
  ...batches,
  ...sampledHistory,
  ...runSearch,
  ...datasets,
  ...logModel,
  ...loggedModels,
  ...registeredModels,
  ...modelVersions,
  ...stagesAndAliases,
  ...registrySearch,
  ...artifacts,
  ...webhooks,
  ...http,
]
