import { createClient } from '@tidemill/sdk'
import pc from 'picocolors'
import { type ServeConfig, toServeConfig } from '../config.ts'
import { type CliContext, writeJson, writeLine } from '../context.ts'
import type { Check } from '../doctor/check.ts'
import { checkDataDirectory } from '../doctor/check-data-directory.ts'
import { checkReachable } from '../doctor/check-reachable.ts'
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

const checkServices = async ({ store, redisUrl }: ServeConfig): Promise<readonly Check[]> => [
  ...(store.kind === 'postgres'
    ? [await checkReachable('postgres', store.uri, 5432, 'Start it, or correct --backend-store-uri or DATABASE_URL.')]
    : []),
  ...(redisUrl === undefined
    ? []
    : [await checkReachable('redis', redisUrl, 6379, 'Start it, or correct --redis-url or REDIS_URL.')]),
]

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
  ok: pc.green('ok     '),
  warning: pc.yellow('warning'),
  missing: pc.red('missing'),
}

const formatCheck = ({ name, status, detail, advice }: Check): string =>
  `${MARKS[status]}  ${name.padEnd(16)} ${detail}${advice === undefined ? '' : `\n${' '.repeat(26)}${advice}`}`
