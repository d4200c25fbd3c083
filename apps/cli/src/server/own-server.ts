import { setTimeout as delay } from 'node:timers/promises'
import { isTerminalWorkflowRun, ResourceConflictError } from '@tidemill/core'
import { createClient, type TidemillClient } from '@tidemill/sdk'
import { findRunningServer, openFrontDoor } from '@tidemill/api'
import { toServeConfig } from '../config.ts'
import type { CliContext } from '../context.ts'
import type { Environment } from '../env.ts'
import { createLogger } from '../logger.ts'
import type { SettingOptions } from '../settings.ts'
import { toClient } from './find-server.ts'
import { startEmbeddedServer } from './embedded-server.ts'
import { lockDirectories } from './lock-directories.ts'
import { findStoreDirectory } from './store-directory.ts'

/** A server to talk to, started by this command or found. */
export interface ServerInUse extends AsyncDisposable {
  readonly client: TidemillClient
  /** It ends with this command. */
  readonly isOwn: boolean
  /**
   * Waits until the workflow runs that others submitted here meanwhile have ended and they had time to see it. Tells
   * how many still go on; ends early with the signal.
   */
  waitForOthers(own: string, tell: (count: number) => void, signal: AbortSignal): Promise<void>
}

/** Another command may hold the data directory and not listen yet. */
const START_LIMIT_MS = 15_000
/** Whoever watches a workflow run looks at least once a second. */
const LINGER_MS = 2_000
const LOOK_MS = 250

export const useServer = (client: TidemillClient): ServerInUse => ({
  client,
  isOwn: false,
  waitForOthers: async () => undefined,
  [Symbol.asyncDispose]: async () => undefined,
})

/**
 * Starts the embedded server for as long as one command takes, on a free port unless one is given. When another
 * command has just started one on the same data directory, uses that.
 */
export const startOwnServer = async (context: CliContext, options: SettingOptions): Promise<ServerInUse> => {
  const config = {
    ...(await findStoreDirectory(
      toServeConfig(
        'embedded',
        { ...options, host: '127.0.0.1', port: options.port ?? '0' },
        toOwnVariables(context.environment),
        context.workingDirectory,
      ),
    )),
    // People watch the run here; of the server only trouble is news.
    logLevel: 'error' as const,
  }
  const giveUpAt = performance.now() + START_LIMIT_MS
  for (;;) {
    try {
      await using stack = new AsyncDisposableStack()
      const lock = await lockDirectories(config, stack)
      const door = stack.use(await openFrontDoor(config))
      const { url } = door
      stack.use(await startEmbeddedServer(config, door, createLogger(config.logLevel, context.stderr)))
      await lock.publishUrl(url)
      const owned = stack.move()
      const client = createClient({ url })
      const startedAt = Date.now()
      return {
        client,
        isOwn: true,
        waitForOthers: (ownId, tell, signal) => waitForOthers(client, { startedAt, ownId }, tell, signal),
        [Symbol.asyncDispose]: () => owned.disposeAsync(),
      }
    } catch (error) {
      if (!(error instanceof ResourceConflictError) || performance.now() > giveUpAt) throw error
      const running = await findRunningServer(config.dataDirectory)
      if (running !== undefined) return useServer(toClient(context, options, running.url))
      await delay(100)
    }
  }
}

/** `DATABASE_URL` and MLflow's variables may mean other programs: a server that nobody asked for does not take them. */
const toOwnVariables = (environment: Environment): Environment => ({
  ...environment,
  variables: new Map([...environment.variables].filter(([name]) => name.startsWith('TIDEMILL_'))),
})

const waitForOthers = async (
  client: TidemillClient,
  { startedAt, ownId }: { readonly startedAt: number; readonly ownId: string },
  tell: (count: number) => void,
  signal: AbortSignal,
): Promise<void> => {
  let told = 0
  while (!signal.aborted) {
    const { workflow_runs: runs } = await client.searchWorkflowRuns({ maxResults: 100 })
    const others = runs.filter((run) => run.workflow_run_id !== ownId && run.created_at >= startedAt)
    const unfinished = others.filter((run) => !isTerminalWorkflowRun(run.state)).length
    if (unfinished === 0 && others.every((run) => Date.now() - (run.ended_at ?? 0) > LINGER_MS)) return
    if (unfinished > 0 && unfinished !== told) tell(unfinished)
    told = unfinished
    await delay(LOOK_MS, undefined, { signal }).catch(() => undefined)
  }
}
