import { type Command, Option } from 'commander'
import type { SubmitOptions } from '../commands/submit.ts'
import type { RunOptions } from '../commands/run.ts'
import type { CliContext } from '../context.ts'
import type { SetExitCode } from './program.ts'
import { settingOption } from './setting-option.ts'

const GROUP = 'Run:'

export const addRunCommands = (program: Command, context: CliContext, setExitCode: SetExitCode): void => {
  addProjectOptions(program.command('run').helpGroup(GROUP).summary('run a project and show it as it goes'))
    .description(
      'Runs a project and shows its steps and their output. Takes the options of `mlflow run`. Uses the server that --tracking-uri names, or the one that runs on the data directory, or starts one of its own for as long as it takes.',
    )
    .option('--wait', 'stay until the end (the default)')
    .option('--detach', 'return as soon as the server has accepted it')
    .option('--json', 'print one JSON object at the end instead of the output of the steps')
    .addOption(settingOption('dataDir'))
    .addHelpText('after', RUN_EXAMPLES)
    .action(async (uri: string, options: RunOptions) => {
      const { run } = await import('../commands/run.ts')
      setExitCode(await run(context, uri, options))
    })

  addProjectOptions(program.command('submit').helpGroup(GROUP).summary('hand a project to a server'))
    .description('Hands a project to a server and prints the ids of the workflow run and of its MLflow run.')
    .option('--wait', 'stay until the end and exit as `run` does')
    .option('--detach', 'return as soon as the server has accepted it (the default)')
    .option('--json', 'print the workflow run as JSON')
    .option('--idempotency-key <key>', 'a repeat with the same key gives the first workflow run again')
    .addOption(settingOption('dataDir'))
    .addHelpText('after', SUBMIT_EXAMPLES)
    .action(async (uri: string, options: SubmitOptions) => {
      const { submit } = await import('../commands/submit.ts')
      setExitCode(await submit(context, uri, options))
    })
}

const addProjectOptions = (command: Command): Command =>
  command
    .argument('<URI>', 'folder or Git URI of the project, with #subdirectory where needed')
    .option('-e, --entry-point <name>', 'entry point to run, or a .py or .sh file of the project')
    .option('--workflow <name>', "workflow of the project's MLproject to run")
    .option('-v, --version <version>', 'branch, tag, or full or short commit of a Git project')
    .option('-P, --param-list <name=value>', 'parameter of the run; may be repeated', collect)
    .addOption(settingOption('experimentName'))
    .addOption(settingOption('experimentId'))
    .addOption(
      new Option('--env-manager <manager>', 'how the environment is built; chosen by the project when absent').choices([
        'local',
        'virtualenv',
        'uv',
        'conda',
      ]),
    )
    .option('--run-name <name>', 'name of the MLflow run')
    .option('--build-image', "put the project's code onto the image of a docker project")
    .addOption(
      new Option('-b, --backend <name>', 'for the command lines of mlflow run: local and tidemill are the same here'),
    )
    // Known so that a command line of mlflow run gets an answer of its own instead of "unknown option".
    .addOption(new Option('--storage-dir <directory>', 'not needed').hideHelp())
    .addOption(new Option('-A, --docker-args <name=value>', 'not supported').argParser(collect).hideHelp())
    .addOption(new Option('-c, --backend-config <file>', 'not supported').hideHelp())
    .addOption(settingOption('trackingUri'))

const collect = (value: string, previous: readonly string[] = []): readonly string[] => [...previous, value]

const RUN_EXAMPLES = `
Examples:
  $ tidemill run . -e train -P alpha=0.5
  $ tidemill run https://github.com/mlflow/mlflow-example -v master --env-manager virtualenv
  $ tidemill run examples/wine-quality --workflow main --experiment-name wine

Ctrl-C cancels the run and waits for its end; a second Ctrl-C stops at once.`

const SUBMIT_EXAMPLES = `
Examples:
  $ tidemill submit git@github.com:org/churn.git#pipeline -v v1.2 -P rows=5000
  $ id=$(tidemill submit . --json | jq -r .workflow_run_id) && tidemill logs $id -f`
