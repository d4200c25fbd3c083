import { createClient } from '@tidemill/sdk'
import { colors } from '../output/colors.ts'
import { type ServeConfig, toServeConfig } from '../config.ts'
import { type CliContext, writeJson, writeLine } from '../context.ts'
import type { Check } from '../doctor/check.ts'
import { checkDataDirectory } from '../doctor/check-data-directory.ts'
import { checkTools } from '../doctor/check-tools.ts'
import { EXIT_CODES, type ExitCode } from '../exit-codes.ts'
import { findServerUrl } from '../server/find-server.ts'
import type { SettingOptions } from '../settings.ts'
import { VERSION } from '../version.ts'

export interface DoctorOptions extends SettingOptions {
  readonly json?: boolean
}

/** Checks what Tidemill needs here. Exit code 1 when something is missing without which nothing works. */
export const doctor = async (context: CliContext, options: DoctorOptions): Promise<ExitCode> => {
  const config = toServeConfig('embedded', options, context.environment, context.workingDirectory)
  const checks = [
    ...checkVersions(),
    ...(await checkTools()),
    await checkDataDirectory(config.dataDirectory),
    await checkServer(context, options),
    ...(await checkServices(config)),
  ]
  if (options.json === true) writeJson(context.stdout, { checks })
  else for (const check of checks) writeLine(context.stdout, formatCheck(check))
  return checks.some(({ status }) => status === 'missing') ? EXIT_CODES.failure : EXIT_CODES.success
}

const checkVersions = (): readonly Check[] => [
  { name: 'tidemill', status: 'ok', detail: VERSION },
  { name: 'node', status: 'ok', detail: `${process.versions.node}  ${process.execPath}` },
]

/** The drivers are loaded only when there is something to log in to. */
const checkServices = async ({ store, redisUrl }: ServeConfig): Promise<readonly Check[]> => {
  const checks: Check[] = []
  if (store.kind === 'postgres') {
    const { checkPostgres } = await import('../doctor/check-postgres.ts')
    checks.push(await checkPostgres(store.uri))
  }
  if (redisUrl !== undefined) {
    const { checkRedis } = await import('../doctor/check-redis.ts')
    checks.push(await checkRedis(redisUrl))
  }
  return checks
}

/** A server that was named must answer; without one `run` starts its own. */
const checkServer = async (context: CliContext, options: DoctorOptions): Promise<Check> => {
  const url = await findServerUrl(context, options)
  if (url === undefined) {
    return {
      name: 'server',
      status: 'ok',
      detail: 'none runs here: `tidemill run` starts its own, `tidemill up` one that stays',
    }
  }
  try {
    return (await createClient({ url, timeoutMs: 5_000 }).isHealthy())
      ? { name: 'server', status: 'ok', detail: url }
      : {
          name: 'server',
          status: 'missing',
          detail: `${url} is not a Tidemill server`,
          advice: 'Correct --tracking-uri.',
        }
  } catch (error) {
    return { name: 'server', status: 'missing', detail: error instanceof Error ? error.message : String(error) }
  }
}

const MARKS: Readonly<Record<Check['status'], string>> = {
  ok: colors.green('ok     '),
  warning: colors.yellow('warning'),
  missing: colors.red('missing'),
}

const formatCheck = ({ name, status, detail, advice }: Check): string =>
  `${MARKS[status]}  ${name.padEnd(16)} ${detail}${advice === undefined ? '' : `\n${' '.repeat(26)}${advice}`}`
