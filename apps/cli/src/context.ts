import { type Environment, readEnvironment } from './env.ts'
import { CliError } from './errors.ts'

/** The process as commands see it: what they read, where they write. */
export interface CliContext {
  readonly environment: Environment
  /** Adds the variables of a dotenv file to those of the process; what is set stays. Throws CliError. */
  loadEnvironmentFile(path: string): void
  readonly workingDirectory: string
  /** Results, for programs and pipes. */
  readonly stdout: NodeJS.WriteStream
  /** Progress, warnings and errors, for people. */
  readonly stderr: NodeJS.WriteStream
}

export const createContext = (): CliContext => {
  // `tidemill logs … | head` closes the pipe: that is an end, not a failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    throw error
  })
  let environment = readEnvironment(process.env)
  return {
    get environment() {
      return environment
    },
    loadEnvironmentFile: (path) => {
      try {
        process.loadEnvFile(path)
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error)
        throw new CliError(`--env-file '${path}' cannot be read: ${reason}.`, undefined, { cause: error })
      }
      environment = readEnvironment(process.env)
    },
    workingDirectory: process.cwd(),
    stdout: process.stdout,
    stderr: process.stderr,
  }
}

export const writeLine = (stream: NodeJS.WritableStream, line: string): void => {
  stream.write(`${line}\n`)
}

export const writeJson = (stream: NodeJS.WriteStream, value: unknown): void => {
  stream.write(`${JSON.stringify(value, undefined, 2)}\n`)
}
