import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from './postgres.ts'

const run = promisify(execFile)

export interface GitServer {
  /** `git://127.0.0.1:<port>/<name>` of a repository that holds the folder's files. */
  readonly uri: string
  /** Full SHA of its only commit. */
  readonly commit: string
  /** The bare repository on disk. */
  readonly directory: string
  stop(): Promise<void>
}

/** Serves a copy of the folder as a Git repository by `git daemon` on loopback, branch `main`, tag `v1`. */
export const serveGitRepository = async (folder: string, name = 'project'): Promise<GitServer> => {
  const base = await mkdtemp(join(tmpdir(), 'tidemill-git-'))
  const work = join(base, 'work')
  await cp(folder, work, { recursive: true })
  const git = (...args: string[]): Promise<{ stdout: string }> =>
    run('git', ['-C', work, '-c', 'user.name=Test', '-c', 'user.email=test@example.invalid', ...args])
  await git('init', '--quiet', '--initial-branch=main')
  await git('add', '--all')
  await git('commit', '--quiet', '--message=Project')
  await git('tag', '--annotate', '--message=First', 'v1')
  const commit = (await git('rev-parse', 'HEAD')).stdout.trim()
  const directory = join(base, 'served', name)
  await run('git', ['clone', '--quiet', '--bare', work, directory])

  const port = await freePort()
  const daemon = spawn(
    'git',
    [
      'daemon',
      '--reuseaddr',
      '--export-all',
      `--base-path=${join(base, 'served')}`,
      '--listen=127.0.0.1',
      `--port=${port}`,
    ],
    { stdio: 'ignore', detached: true },
  )
  await waitForPort(port)
  return {
    uri: `git://127.0.0.1:${port}/${name}`,
    commit,
    directory,
    stop: async () => {
      const exit = once(daemon, 'exit')
      // `git daemon` is a child of `git`: end the group.
      if (daemon.pid !== undefined && daemon.exitCode === null) {
        process.kill(-daemon.pid, 'SIGKILL')
        await exit
      }
      await rm(base, { recursive: true, force: true })
    },
  }
}

const waitForPort = async (port: number): Promise<void> => {
  for (let attempt = 0; ; attempt++) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1')
      socket.once('connect', () => {
        socket.destroy()
        resolve(true)
      })
      socket.once('error', () => resolve(false))
    })
    if (isOpen) return
    if (attempt > 200) throw new Error(`git daemon did not open port ${port}`)
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}
