import { CliError } from './errors.ts'
import { parseBoolean, parseChoice, parseInteger, parseList, type SettingValue } from './setting-value.ts'
import type { SettingName } from './settings.ts'

/** What the options of `mlflow server` beyond stores and address say. */
export interface ServerOptions {
  /** `artifacts`: the proxy alone; `tracking`: all but the proxy. */
  readonly mode: 'all' | 'artifacts' | 'tracking'
  readonly staticPrefix?: string
  readonly exposeMetrics: boolean
  /** Absent: the server asks nobody who they are. */
  readonly auth?: { readonly configPath?: string; readonly adminUsername?: string; readonly adminPassword?: string }
  readonly frameOptions: FrameOptions
  readonly isSecurityDisabled: boolean
  readonly presignedDownloads: boolean
  readonly truncateLongValues: boolean
  readonly artifactLocationMaxLength?: number
  readonly modelVersionSourceRegex?: string
  readonly webhooks: {
    readonly allowedSchemes: readonly string[]
    readonly allowedHosts: readonly string[]
    readonly timeoutMs: number
    readonly concurrency: number
    readonly secretKey?: string
  }
  /** What was given and changes nothing here, as sentences for the log. */
  readonly warnings: readonly string[]
}

const FRAME_OPTIONS = ['SAMEORIGIN', 'DENY', 'NONE'] as const
type FrameOptions = (typeof FRAME_OPTIONS)[number]
type Find = (name: SettingName) => SettingValue | undefined

const MAX_PATTERN_LENGTH = 1_000
const OTHER_SERVERS = ['gunicornOpts', 'uvicornOpts', 'waitressOpts'] as const

/** Throws CliError naming the option or variable at fault. */
export const toServerOptions = (find: Find): ServerOptions => {
  const auth = toAuth(find)
  const isOn = (name: SettingName, byDefault = false): boolean => {
    const value = find(name)
    return value === undefined ? byDefault : parseBoolean(value)
  }
  const staticPrefix = toStaticPrefix(find('staticPrefix'))
  const frameOptions = find('xFrameOptions')
  const maxLength = find('artifactLocationMaxLength')
  const sourceRegex = toPattern(find('modelVersionSourceRegex'))
  return {
    mode: toMode(isOn('serveArtifacts', true), isOn('artifactsOnly')),
    ...(staticPrefix === undefined ? {} : { staticPrefix }),
    exposeMetrics: find('exposePrometheus') !== undefined,
    ...(auth === undefined ? {} : { auth }),
    frameOptions:
      frameOptions === undefined
        ? 'SAMEORIGIN'
        : parseChoice({ ...frameOptions, value: frameOptions.value.toUpperCase() }, FRAME_OPTIONS),
    isSecurityDisabled: isOn('disableSecurityMiddleware'),
    presignedDownloads: isOn('presignedDownloads'),
    truncateLongValues: isOn('truncateLongValues', true),
    ...(maxLength === undefined ? {} : { artifactLocationMaxLength: parseInteger(maxLength, 1, 100_000) }),
    ...(sourceRegex === undefined ? {} : { modelVersionSourceRegex: sourceRegex }),
    webhooks: toWebhooks(find),
    warnings: toWarnings(find),
  }
}

const toWebhooks = (find: Find): ServerOptions['webhooks'] => {
  const schemes = find('webhookAllowedSchemes')
  const timeout = find('webhookRequestTimeout')
  const workers = find('webhookDeliveryWorkers')
  const secretKey = find('webhookSecretKey')?.value
  return {
    allowedSchemes: schemes === undefined ? ['https'] : parseList(schemes),
    allowedHosts: parseList(find('webhookAllowedHosts')),
    timeoutMs: 1000 * (timeout === undefined ? 30 : parseInteger(timeout, 1, 600)),
    concurrency: workers === undefined ? 10 : parseInteger(workers, 1, 1_000),
    ...(secretKey === undefined ? {} : { secretKey }),
  }
}

const toMode = (servesArtifacts: boolean, isArtifactsOnly: boolean): ServerOptions['mode'] => {
  if (isArtifactsOnly && !servesArtifacts) {
    throw new CliError('--artifacts-only and --no-serve-artifacts leave nothing to serve. Give one of them.')
  }
  if (isArtifactsOnly) return 'artifacts'
  return servesArtifacts ? 'all' : 'tracking'
}

const toStaticPrefix = (setting: SettingValue | undefined): string | undefined => {
  if (setting === undefined) return undefined
  const { value, origin } = setting
  if (!/^(\/[\w.~-]+)+$/.test(value) || value.length > 200) {
    throw new CliError(
      `${origin} is '${value}'. Give a path that begins with / and does not end with it, e.g. /mlflow.`,
    )
  }
  return value
}

const toPattern = (setting: SettingValue | undefined): string | undefined => {
  if (setting === undefined) return undefined
  const { value, origin } = setting
  try {
    if (value.length > MAX_PATTERN_LENGTH) throw new Error(`longer than ${MAX_PATTERN_LENGTH} characters`)
    new RegExp(value, 'u')
    return value
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new CliError(`${origin} is no regular expression: ${reason}.`, undefined, { cause: error })
  }
}

/** Undefined: the server asks nobody who they are. */
const toAuth = (find: Find): ServerOptions['auth'] => {
  const app = find('appName')
  if (app === undefined) return undefined
  if (app.value !== 'basic-auth') {
    throw new CliError(
      `${app.origin} is '${app.value}', which is a plugin of MLflow's Python server and cannot run here. Give basic-auth, or leave it out.`,
    )
  }
  const configPath = find('authConfig')?.value
  const adminUsername = find('adminUsername')?.value
  const adminPassword = find('adminPassword')?.value
  return {
    ...(configPath === undefined ? {} : { configPath }),
    ...(adminUsername === undefined ? {} : { adminUsername }),
    ...(adminPassword === undefined ? {} : { adminPassword }),
  }
}

const toWarnings = (find: Find): readonly string[] => {
  const workers = find('workers')
  const count = workers === undefined ? 1 : parseInteger(workers, 1, 10_000)
  const ignored = OTHER_SERVERS.flatMap((name) => find(name) ?? [])
  const encrypting = ignored.find(({ value }) => /ssl|certfile|keyfile/i.test(value))
  if (encrypting !== undefined) {
    // Passed over it would serve passwords in the clear.
    throw new CliError(
      `${encrypting.origin} asks for TLS, which this server leaves to a proxy before it. Take it out, and let nginx, Caddy or the like encrypt.`,
    )
  }
  return [
    ...(count > 1
      ? [`${workers?.origin} is ${count}: one process serves here. For more, start more servers on one Postgres`]
      : []),
    ...ignored.map(({ origin }) => `${origin} is passed over: it is for a Python server`),
  ]
}
