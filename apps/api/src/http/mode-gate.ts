import type { ServerMode } from '../config.ts'
import type { Endpoint } from './endpoint.ts'

/** Rows of the specification: pages are of what the tracking store holds, numbers of the process are of every mode. */
const PAGES = 'N14'
const METRICS = 'N15'
const OPENAPI = 'TM13'

/**
 * Why a route is closed in the mode that the server runs in, in MLflow's words (spec/rest-api.md §1.2); undefined when
 * it is open. Probes and files that anybody may see are always open.
 */
export const closedText = (
  mode: ServerMode,
  prefix: string,
  { id, access }: Pick<Endpoint, 'id' | 'access'>,
  url: string,
): string | undefined => {
  const isOpenToAll = (access === 'public' && id !== PAGES) || id === METRICS || id === OPENAPI
  const isProxy = prefix.endsWith('/mlflow-artifacts')
  if (mode === 'artifacts' && !isProxy && !isOpenToAll) {
    return `Endpoint: ${url} disabled due to the mlflow server running in \`--artifacts-only\` mode. To enable tracking server functionality, run \`mlflow server\` without \`--artifacts-only\``
  }
  if (mode === 'tracking' && isProxy) {
    return `Endpoint: ${url} disabled due to the mlflow server running with \`--no-serve-artifacts\`. To enable artifacts server functionality, run \`mlflow server\` with \`--serve-artifacts\``
  }
  return undefined
}
