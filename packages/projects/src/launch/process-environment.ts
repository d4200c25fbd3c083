import { delimiter, join } from 'node:path'
import { hostVariables } from '../env.ts'

/**
 * Which of this process's variables a step gets. `inherit`: all of them, as `mlflow run` does, for one's own machine.
 * `allow`: the basic ones below and these names, for a worker that runs the code of others.
 */
export type EnvironmentPolicy =
  | { readonly kind: 'inherit' }
  | { readonly kind: 'allow'; readonly names: readonly string[] }

/** What an `allow` policy always hands on: nothing that names a secret or a service of the worker. */
const BASIC_NAMES = ['PATH', 'LANG', 'TZ', 'SHELL', 'TERM']
const BASIC_PREFIX = 'LC_'
/** Where packages come from and through which proxy: tools that build environments need it, steps do not. */
const BUILD_NAMES = /^(?:PIP|UV)_|^(?:https?|all|no)_proxy$|^SSL_CERT_(?:FILE|DIR)$|^REQUESTS_CA_BUNDLE$/i

/** Marks every process of an attempt, so that the ones that outlive a worker are found. */
export const ATTEMPT_VARIABLE = 'TIDEMILL_ATTEMPT_ID'
/** Marks the executor (its data directory) that started a process: two on one host never touch each other's. */
export const EXECUTOR_VARIABLE = 'TIDEMILL_EXECUTOR_ID'

export type Variables = Readonly<Record<string, string>>

/** `homeDirectory` and `temporaryDirectory` replace HOME and TMPDIR under an `allow` policy. */
export interface ScratchDirectories {
  readonly homeDirectory: string
  readonly temporaryDirectory: string
}

/** Variables of the step's command, before the ones of its run. */
export const stepVariables = (policy: EnvironmentPolicy, scratch: ScratchDirectories): Record<string, string> =>
  policy.kind === 'inherit' ? ownVariables(() => true) : allowed(policy.names, scratch)

/** Variables of the tools that build the step's environment. */
export const buildVariables = (policy: EnvironmentPolicy, scratch: ScratchDirectories): Record<string, string> =>
  policy.kind === 'inherit'
    ? ownVariables(() => true)
    : { ...ownVariables((name) => BUILD_NAMES.test(name)), ...allowed(policy.names, scratch) }

/** What `source bin/activate` sets, without a shell. */
export const activate = (variables: Variables, environmentDirectory: string): Record<string, string> => {
  const { PYTHONHOME: _, ...rest } = variables
  return {
    ...rest,
    VIRTUAL_ENV: environmentDirectory,
    PATH: [join(environmentDirectory, 'bin'), variables['PATH'] ?? '/usr/local/bin:/usr/bin:/bin'].join(delimiter),
  }
}

const allowed = (names: readonly string[], scratch: ScratchDirectories): Record<string, string> => {
  const wanted = new Set([...BASIC_NAMES, ...names])
  return {
    ...ownVariables((name) => wanted.has(name) || name.startsWith(BASIC_PREFIX)),
    HOME: scratch.homeDirectory,
    TMPDIR: scratch.temporaryDirectory,
  }
}

const ownVariables = (isWanted: (name: string) => boolean): Record<string, string> =>
  Object.fromEntries(
    Object.entries(hostVariables()).flatMap(([name, value]) =>
      value !== undefined && isWanted(name) ? [[name, value]] : [],
    ),
  )
