import type { EngineStore } from '@tidemill/core'
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'

/** Numbers of one server process for Prometheus. */
export interface ServerMetrics {
  readonly contentType: string
  /** A request began. */
  began(): void
  /** It has ended. `route` is its pattern, so that there are few of them. */
  ended(method: string, route: string, status: number, seconds: number): void
  /** The text of `/metrics`. What the database knows is asked for now. */
  write(): Promise<string>
}

export interface MetricSources {
  readonly engine: Pick<EngineStore, 'getQueue'>
  /** Workflow runs that have not ended, by state. */
  countOpenWorkflowRuns(): Promise<readonly { readonly state: string; readonly count: number }[]>
}

/** From a probe to a slow search. */
const SECONDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

export const createServerMetrics = (sources: MetricSources): ServerMetrics => {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const requests = new Counter({
    name: 'tidemill_http_requests_total',
    help: 'Requests that were answered, by method, route and status.',
    labelNames: ['method', 'route', 'status'],
    registers,
  })
  const durations = new Histogram({
    name: 'tidemill_http_request_duration_seconds',
    help: 'From the headers of a request to the end of its answer, by method and route.',
    labelNames: ['method', 'route'],
    buckets: SECONDS,
    registers,
  })
  const inFlight = new Gauge({ name: 'tidemill_http_requests_in_flight', help: 'Requests being answered.', registers })
  const isUp = new Gauge({ name: 'tidemill_database_up', help: '1 while the database answers.', registers })
  const workflowRuns = new Gauge({
    name: 'tidemill_workflow_runs',
    help: 'Workflow runs that have not ended, by state.',
    labelNames: ['state'],
    registers,
  })
  const queue = new Gauge({
    name: 'tidemill_queue_waiting',
    help: 'What waits: attempts queued or paused, cells in backoff or blocked.',
    labelNames: ['reason'],
    registers,
  })
  const oldest = new Gauge({
    name: 'tidemill_queue_oldest_seconds',
    help: 'How long the oldest queued attempt has waited.',
    registers,
  })

  const askDatabase = async (): Promise<void> => {
    const [runs, { waiting, oldestQueuedAt }] = await Promise.all([
      sources.countOpenWorkflowRuns(),
      sources.engine.getQueue(),
    ])
    workflowRuns.reset()
    for (const { state, count } of runs) workflowRuns.set({ state }, count)
    queue.reset()
    for (const { reason, count } of waiting) queue.set({ reason }, count)
    oldest.set(oldestQueuedAt === undefined ? 0 : Math.max(0, (Date.now() - oldestQueuedAt) / 1000))
  }

  return {
    contentType: registry.contentType,
    began: () => inFlight.inc(),
    ended: (method, route, status, seconds) => {
      inFlight.dec()
      requests.inc({ method, route, status })
      durations.observe({ method, route }, seconds)
    },
    write: async () => {
      // The process is worth watching while the database is away.
      isUp.set(
        await askDatabase().then(
          () => 1,
          () => 0,
        ),
      )
      return registry.metrics()
    },
  }
}
