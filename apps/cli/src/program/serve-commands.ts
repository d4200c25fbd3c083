import type { Command } from 'commander'
import type { CliContext } from '../context.ts'
import type { SettingOptions } from '../settings.ts'
import type { SetExitCode } from './program.ts'
import { addSettings, negatedOption, settingOption } from './setting-option.ts'

const OWN_MACHINE_SOURCES = { default: 'local,file,https,ssh,http,git' }
const REMOTE_SOURCES = { default: 'https,ssh' }

/** For the last lines of the log. */
const LINGER_MS = 200

export const addServeCommands = (program: Command, context: CliContext, setExitCode: SetExitCode): void => {
  const serve =
    (command: 'up' | 'server' | 'worker') =>
    async (options: SettingOptions): Promise<void> => {
      const { serve: run } = await import('../commands/serve.ts')
      setExitCode(await run(command, context, options))
      // All of ours is closed, but BullMQ holds on to a connection that it never got.
      setTimeout(() => process.exit(), LINGER_MS).unref()
    }

  addServerOptions(
    addSharedOptions(program.command('up').helpGroup('Serve:').summary('start server and worker on this machine')),
  )
    .description(
      'Starts server and worker in one process. With nothing else installed it keeps everything in the data directory; with --backend-store-uri and --redis-url it joins a distributed set-up.',
    )
    .addOption(settingOption('projectSources', OWN_MACHINE_SOURCES))
    .addOption(settingOption('concurrency'))
    .addOption(settingOption('environmentVariables', { default: 'all of them' }))
    .addHelpText('after', UP_EXAMPLES)
    .action(serve('up'))

  addServerOptions(
    addSharedOptions(program.command('server').helpGroup('Serve:').summary('start a server without a worker')),
  )
    .alias('ui')
    .description(
      'Starts the HTTP server: the MLflow REST API, artifacts, and submissions, which workers of other processes run. Takes the options of `mlflow server`. Any number of servers may share one Postgres.',
    )
    .addOption(settingOption('projectSources', REMOTE_SOURCES))
    .addHelpText('after', SERVER_EXAMPLES)
    .action(serve('server'))

  addSharedOptions(program.command('worker').helpGroup('Serve:').summary('start a worker that runs steps'))
    .description(
      'Starts a worker: it takes attempts from the queue, builds their environments and runs them. It needs the Postgres and the Redis of the servers, and the URL of one of them for what the steps log.',
    )
    .addOption(settingOption('trackingUri', { default: 'http://127.0.0.1:5000' }))
    .addOption(settingOption('projectSources', REMOTE_SOURCES))
    .addOption(settingOption('concurrency'))
    .addOption(settingOption('environmentVariables', { default: 'none beyond PATH and the locale' }))
    .addHelpText('after', WORKER_EXAMPLES)
    .action(serve('worker'))
}

const addSharedOptions = (command: Command): Command =>
  command
    .addOption(settingOption('host'))
    .addOption(settingOption('port'))
    .addOption(settingOption('backendStoreUri'))
    .addOption(settingOption('redisUrl'))
    .addOption(settingOption('defaultArtifactRoot'))
    .addOption(settingOption('artifactsDestination'))
    .addOption(settingOption('dataDir'))
    .addOption(settingOption('allowedHosts'))
    .addOption(settingOption('corsAllowedOrigins'))
    .addOption(settingOption('logLevel', { default: 'info' }))

/** Those of `mlflow server`, and the few of ours that are like them. */
const addServerOptions = (command: Command): Command =>
  addSettings(command, [
    'registryStoreUri',
    'serveArtifacts',
    'artifactsOnly',
    'presignedDownloads',
    'staticPrefix',
    'exposePrometheus',
    'xFrameOptions',
    'disableSecurityMiddleware',
    'truncateLongValues',
    'artifactLocationMaxLength',
    'modelVersionSourceRegex',
    'webhookAllowedSchemes',
    'webhookAllowedHosts',
    'webhookRequestTimeout',
    'webhookDeliveryWorkers',
    'webhookSecretKey',
    'workers',
    'gunicornOpts',
    'uvicornOpts',
    'waitressOpts',
    'appName',
    'authConfig',
    'adminUsername',
    'dev',
  ]).addOption(negatedOption('serveArtifacts'))

const READY = 'Writes one line to stdout when it is ready, its log to stderr. SIGTERM or Ctrl-C stops it.'

const UP_EXAMPLES = `
Examples:
  $ tidemill up
  $ tidemill up --port 8080 --data-dir ./tidemill-data

${READY}`

const SERVER_EXAMPLES = `
Examples:
  $ tidemill server --backend-store-uri postgresql://db/tidemill --artifacts-destination /srv/artifacts
  $ DATABASE_URL=postgresql://db/tidemill tidemill server --host 0.0.0.0 --allowed-hosts mlflow.example.org

${READY}`

const WORKER_EXAMPLES = `
Examples:
  $ tidemill worker --backend-store-uri postgresql://db/tidemill --redis-url redis://cache:6379 \\
      --tracking-uri http://mlflow.example.org

${READY}`
