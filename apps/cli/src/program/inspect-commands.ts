import { type Command, Option } from 'commander'
import type { DoctorOptions } from '../commands/doctor.ts'
import type { LogsOptions } from '../commands/logs.ts'
import type { MoveOptions } from '../commands/move.ts'
import type { WorkflowsLsOptions } from '../commands/workflows-ls.ts'
import type { WorkflowsShowOptions } from '../commands/workflows-show.ts'
import type { CliContext } from '../context.ts'
import type { SetExitCode } from './program.ts'
import { settingOption } from './setting-option.ts'

const GROUP = 'Look and steer:'
const ID = 'id of a workflow run, or a unique beginning of it of at least 6 characters'

export const addInspectCommands = (program: Command, context: CliContext, setExitCode: SetExitCode): void => {
  addWorkflows(program, context)
  addLogs(program, context)
  addMoves(program, context)
  program
    .command('doctor')
    .helpGroup(GROUP)
    .summary('check what Tidemill needs on this machine')
    .description('Checks tools, data directory, server, database and Redis, and says what to do about what is missing.')
    .option('--json', 'print the checks as JSON')
    .addOption(settingOption('trackingUri'))
    .addOption(settingOption('dataDir'))
    .addOption(settingOption('backendStoreUri'))
    .addOption(settingOption('redisUrl'))
    .action(async (options: DoctorOptions) => {
      const { doctor } = await import('../commands/doctor.ts')
      setExitCode(await doctor(context, options))
    })
}

const addWorkflows = (program: Command, context: CliContext): void => {
  const workflows = program
    .command('workflows')
    .helpGroup(GROUP)
    .summary('list workflow runs, show one')
    .description('Workflow runs: what was submitted, and how it goes.')
  withServer(workflows.command('ls'))
    .description('Lists workflow runs, the newest first.')
    .option('--state <states>', 'only these, separated by commas, e.g. QUEUED,RUNNING')
    .option('--experiment-id <id>', 'only of this experiment')
    .addOption(new Option('--limit <number>', 'how many at most, 1 to 1000').default('20'))
    .action(async (options: WorkflowsLsOptions) => {
      const { listWorkflowRuns } = await import('../commands/workflows-ls.ts')
      await listWorkflowRuns(context, options)
    })
  withServer(workflows.command('show'))
    .argument('<ID>', ID)
    .description('Shows the steps of a workflow run, their attempts and why they ended.')
    .action(async (id: string, options: WorkflowsShowOptions) => {
      const { showWorkflowRun } = await import('../commands/workflows-show.ts')
      await showWorkflowRun(context, id, options)
    })
}

const addLogs = (program: Command, context: CliContext): void => {
  withServer(program.command('logs').helpGroup(GROUP))
    .argument('<ID>', `${ID}; or the id of an attempt`)
    .summary('print what steps wrote')
    .description('Prints the output of the attempts of a workflow run, step by step; with -f as it comes, to the end.')
    .option('-f, --follow', 'stay until the workflow run has ended')
    .option('--step <key>', 'only this step')
    .option('--cell <number>', 'only this cell of a matrix step, from 1 as in its name')
    .option('--attempt <number>', 'only the attempts of this number, from 1')
    .addHelpText('after', '\nExamples:\n  $ tidemill logs 3f2a9c -f\n  $ tidemill logs 3f2a9c --step train --cell 2')
    .action(async (id: string, options: LogsOptions) => {
      const { printLogs } = await import('../commands/logs.ts')
      await printLogs(context, id, options)
    })
}

const addMoves = (program: Command, context: CliContext): void => {
  const move = (name: 'cancel' | 'retry' | 'pause' | 'resume', summary: string, description: string): void => {
    withServer(program.command(name).helpGroup(GROUP))
      .argument('<ID>', ID)
      .summary(summary)
      .description(description)
      .action(async (id: string, options: MoveOptions) => {
        const { moveWorkflowRun } = await import('../commands/move.ts')
        await moveWorkflowRun(context, name, id, options)
      })
  }
  move('cancel', 'cancel a workflow run', 'Cancels a workflow run: its running steps are stopped, no other one starts.')
  move('retry', 'run what failed again', 'Starts the steps again that failed or were cancelled; what succeeded stays.')
  move('pause', 'start no further step', 'Lets running steps end and starts no further one until `tidemill resume`.')
  move('resume', 'go on after a pause', 'Goes on with a paused workflow run.')
}

const withServer = (command: Command): Command =>
  command.option('--json', 'print JSON').addOption(settingOption('trackingUri')).addOption(settingOption('dataDir'))
