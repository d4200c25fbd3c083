import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { AttemptEnd, ProjectEnvironment, StepExecution, StepHandle, StepPhase } from '@tidemill/core'
import { createStepExecutor, type HostStepExecutor, type StepExecutorOptions } from '@tidemill/projects'

const run = promisify(execFile)

export interface World extends AsyncDisposable {
  readonly directory: string
  readonly dataDirectory: string
  readonly executor: HostStepExecutor
  /** Writes the files into a new folder and answers it. */
  folder(files: Readonly<Record<string, string>>): Promise<string>
  start(step: StepInput): RunningStep
}

/** A step with everything that a test does not care about left away. */
export interface StepInput {
  readonly folder: string
  readonly command: string
  readonly environment?: ProjectEnvironment
  readonly declared?: readonly { readonly name: string; readonly type: string }[]
  readonly execution?: Partial<StepExecution>
}

export interface RunningStep {
  readonly attemptId: string
  readonly handle: StepHandle
  readonly lines: { readonly stream: string; readonly text: string }[]
  readonly tags: Record<string, string>
  readonly phases: StepPhase[]
  /** Text of one stream's lines. */
  texts(stream: 'stdout' | 'stderr' | 'system'): string[]
  wait(): Promise<AttemptEnd>
}

let count = 0

/** A data directory and an executor of the test's own, as on the user's own machine. */
export const setup = async (options: Partial<StepExecutorOptions> = {}): Promise<World> => {
  const directory = await mkdtemp(join(tmpdir(), 'tidemill-projects-'))
  const dataDirectory = join(directory, 'data')
  const executor = createStepExecutor({
    dataDirectory,
    environmentPolicy: { kind: 'inherit' },
    downloader: { download: (uri) => Promise.reject(new Error(`no artifact behind ${uri}`)) },
    sourcePolicy: { allowLocal: true, schemes: ['https', 'file'] },
    graceMs: 300,
    ...options,
  })
  return {
    directory,
    dataDirectory,
    executor,
    folder: async (files) => {
      const folder = await mkdtemp(join(directory, 'project-'))
      await writeFiles(folder, files)
      return folder
    },
    start: (step) => startStep(executor, step),
    [Symbol.asyncDispose]: async () => {
      await executor[Symbol.asyncDispose]()
      await rm(directory, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

const startStep = (executor: HostStepExecutor, step: StepInput): RunningStep => {
  const lines: RunningStep['lines'] = []
  const tags: Record<string, string> = {}
  const phases: StepPhase[] = []
  const execution = toExecution(step)
  const handle = executor.start(execution, {
    onLine: (line) => lines.push(line),
    onPhase: async (phase) => {
      phases.push(phase)
      return true
    },
    onTags: async (more) => {
      Object.assign(tags, more)
    },
  })
  return {
    attemptId: execution.attemptId,
    handle,
    lines,
    tags,
    phases,
    texts: (stream) => lines.filter((line) => line.stream === stream).map(({ text }) => text),
    wait: () => handle.wait(),
  }
}

export const toExecution = ({ folder, command, environment, declared = [], execution }: StepInput): StepExecution => ({
  attemptId: `attempt-${process.pid}-${++count}`,
  source: { kind: 'folder', uri: folder, location: folder, subdirectory: '', sourceName: folder },
  spec: {
    environment: environment ?? { kind: 'python_env' },
    entryPoints: [],
    workflows: [],
  },
  entryPoint: { name: 'main', command, parameters: declared },
  parameters: [],
  environmentManager: 'local',
  buildImage: false,
  variables: { MLFLOW_RUN_ID: 'run-1' },
  ...execution,
})

export const writeFiles = async (folder: string, files: Readonly<Record<string, string>>): Promise<void> => {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), text)
  }
}

/** Runs Git in a folder as the test's own author. */
export const git = async (folder: string, ...args: readonly string[]): Promise<string> => {
  const { stdout } = await run('git', [
    '-C',
    folder,
    '-c',
    'user.name=Test',
    '-c',
    'user.email=t@example.invalid',
    ...args,
  ])
  return stdout.trim()
}

/** Commits all files of the folder, a repository or not yet one, and answers the SHA. */
export const commitAll = async (folder: string, message: string): Promise<string> => {
  await git(folder, 'init', '--quiet', '--initial-branch=main')
  await git(folder, 'add', '--all')
  await git(folder, 'commit', '--quiet', '--allow-empty', `--message=${message}`)
  return git(folder, 'rev-parse', 'HEAD')
}
