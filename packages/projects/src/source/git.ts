import { randomUUID } from 'node:crypto'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { simpleGit } from 'simple-git'
import { hostVariables } from '../env.ts'

const QUERY_LIMIT_MS = 60_000
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024

/** A failed Git command: `lines` is what Git said, without its `fatal:` prefixes. */
export class GitError extends Error {
  override readonly name = 'GitError'
  readonly problem: 'exit' | 'timeout' | 'output' | 'aborted'
  readonly lines: readonly string[]

  constructor(problem: GitError['problem'], lines: readonly string[]) {
    super(lines.join('; '))
    this.problem = problem
    this.lines = lines
  }
}

interface GitOptions {
  /** @default 60 s */
  readonly limitMs?: number
  readonly signal?: AbortSignal
}

/**
 * Runs one Git command in `directory` and answers its stdout. Operands from outside stand after `--` (or are SHAs and
 * checked refs). Throws GitError.
 */
export type RunGit = (directory: string, args: readonly string[], options?: GitOptions) => Promise<string>

// spec/security.md §4.1 rule 3. `-c` wins over a repository's own configuration.
const HARDENED_CONFIG = [
  'core.hooksPath=/dev/null',
  'core.symlinks=false',
  'core.fsmonitor=false',
  'protocol.ext.allow=never',
  'http.followRedirects=false',
  'transfer.fsckObjects=true',
  'gc.auto=0',
  'maintenance.auto=false',
  'submodule.recurse=false',
  'credential.helper=',
  'advice.detachedHead=false',
  // A connection that hardly moves ends before the command's own limit, with a message that says so.
  'http.lowSpeedLimit=1000',
  'http.lowSpeedTime=30',
]

// simple-git refuses these settings unless they are named, since they can run programs: here they are set, to
// constants, so that nothing else can set them. User text only ever reaches Git as an operand.
const HARDENING = {
  allowUnsafeHooksPath: true,
  allowUnsafeFsMonitor: true,
  allowUnsafeProtocolOverride: true,
  allowUnsafeTemplateDir: true,
  allowUnsafeConfigPaths: true,
  allowUnsafeAskPass: true,
  allowUnsafeCredentialHelper: true,
  allowUnsafeSshCommand: true,
}

/** Network settings and the ssh agent of the host; HOME and the rest stay outside. */
const PASSED_ON = /^(?:PATH|SSH_AUTH_SOCK|SSL_CERT_FILE|SSL_CERT_DIR|(?:https?|all|no)_proxy)$/i

/**
 * Git with the hardened settings, limited to `protocols`. `homeDirectory` takes a configuration file whose only
 * setting is `safe.directory`: repositories of other users are read, and Git takes that setting from no other place
 * when it serves `file://` to itself.
 */
export const createGit = (homeDirectory: string, protocols: readonly string[]): RunGit => {
  const configFile = join(homeDirectory, 'gitconfig')
  let ready: Promise<void> | undefined
  const environment = {
    ...Object.fromEntries(Object.entries(hostVariables()).filter(([name]) => PASSED_ON.test(name))),
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: configFile,
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '/bin/false',
    GIT_ALLOW_PROTOCOL: protocols.join(':'),
    GIT_LFS_SKIP_SMUDGE: '1',
    GIT_SSH_COMMAND: 'ssh -oBatchMode=yes -oConnectTimeout=20',
  }
  return async (directory, args, options = {}) => {
    ready ??= writeGitConfig(homeDirectory, configFile)
    await ready
    return runGit(directory, environment, args, options)
  }
}

const runGit = async (
  directory: string,
  environment: Readonly<Record<string, string | undefined>>,
  args: readonly string[],
  { limitMs = QUERY_LIMIT_MS, signal }: GitOptions,
): Promise<string> => {
  const stop = new AbortController()
  const limit = AbortSignal.timeout(limitMs)
  let said: string[] | undefined
  const git = simpleGit({
    baseDir: directory,
    abort: AbortSignal.any([stop.signal, limit, ...(signal === undefined ? [] : [signal])]),
    config: HARDENED_CONFIG,
    unsafe: HARDENING,
    allowEnvironment: Object.keys(environment),
    errors: (error, { exitCode, stdErr }) => {
      if (exitCode === 0) return error
      said = readableLines(Buffer.concat(stdErr).toString())
      return error ?? new Error(`Git exited with code ${exitCode}`)
    },
  })
    .env({ ...environment })
    .outputHandler((_command, stdout) => {
      let size = 0
      stdout.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size > MAX_OUTPUT_BYTES) stop.abort()
      })
    })
  try {
    return await git.raw([...args])
  } catch (error) {
    if (stop.signal.aborted) throw new GitError('output', [`Git answered more than ${MAX_OUTPUT_BYTES} bytes`])
    if (limit.aborted) throw new GitError('timeout', [`Git gave no answer within ${limitMs / 1000} s`])
    if (signal?.aborted === true) throw new GitError('aborted', ['stopped'])
    throw new GitError('exit', said ?? readableLines(error instanceof Error ? error.message : String(error)))
  }
}

const readableLines = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.replace(/^(?:fatal|error): /, '').trim())
    .filter((line) => line !== '')
    .slice(-5)

const writeGitConfig = async (homeDirectory: string, configFile: string): Promise<void> => {
  await mkdir(homeDirectory, { recursive: true })
  const temporary = `${configFile}.${randomUUID()}`
  await writeFile(temporary, '[safe]\n\tdirectory = *\n')
  await rename(temporary, configFile)
}
