import { Command, CommanderError } from 'commander'
import { type CliContext, createContext, writeLine } from '../context.ts'
import { EXIT_CODE_TABLE, EXIT_CODES } from '../exit-codes.ts'
import { VERSION } from '../version.ts'
import { addImportCommand } from './import-command.ts'
import { addInspectCommands } from './inspect-commands.ts'
import { addMaintainCommands } from './maintain-commands.ts'
import { addRunCommands } from './run-commands.ts'
import { addServeCommands } from './serve-commands.ts'

/** Sets the exit code of a command that did its work; without a call it is 0. */
export type SetExitCode = (exitCode: number) => void

/** Runs the command that the arguments name and answers the exit code. */
export const main = async (argv: readonly string[]): Promise<number> => {
  const context = createContext()
  let exitCode: number = EXIT_CODES.success
  try {
    await createProgram(context, (code) => {
      exitCode = code
    }).parseAsync(argv)
    return exitCode
  } catch (error) {
    // commander has written its message; help and --version end this way too.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_CODES.success : EXIT_CODES.usage
    const { describeError } = await import('../errors.ts')
    const described = await describeError(error)
    writeLine(context.stderr, `tidemill: ${described.message}`)
    return described.exitCode
  }
}

const createProgram = (context: CliContext, setExitCode: SetExitCode): Command => {
  const program = new Command('tidemill')
    .description(
      'Queues, builds, runs and tracks MLflow projects, behind the REST API that every MLflow client speaks.',
    )
    .version(VERSION, '--version', 'print the version')
    .helpOption('-h, --help', 'show this help')
    .option('--env-file <file>', 'read variables from a dotenv file first; those that are set stay')
    .hook('preSubcommand', (command) => {
      const { envFile } = command.opts<{ envFile?: string }>()
      if (envFile !== undefined) context.loadEnvironmentFile(envFile)
    })
    .helpCommand('help [command]', 'show the help of a command')
    // Options after a command are the command's: `run -v main` is not `--version`.
    .enablePositionalOptions()
    .showHelpAfterError('(add --help for the options)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
      outputError: (text, write) => write(text.replace(/^error: /, 'tidemill: ')),
    })
  addRunCommands(program, context, setExitCode)
  addInspectCommands(program, context, setExitCode)
  addServeCommands(program, context, setExitCode)
  addMaintainCommands(program, context, setExitCode)
  addImportCommand(program, context, setExitCode)
  return program.addHelpText('after', `\n${EXAMPLES}\n\n${exitCodeHelp()}`)
}

const EXAMPLES = `Examples:
  $ tidemill run examples/hello --env-manager local      run a project here, with or without a server
  $ tidemill up                                          server and worker on this machine, on port 5000
  $ tidemill submit https://github.com/org/project#dir -v main -P alpha=0.5
  $ tidemill workflows ls --state RUNNING
  $ tidemill logs 3f2a9c -f`

const exitCodeHelp = (): string =>
  ['Exit codes:', ...EXIT_CODE_TABLE.map(([code, meaning]) => `  ${String(code).padEnd(4)} ${meaning}`)].join('\n')
