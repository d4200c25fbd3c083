import { type Command, Option } from 'commander'
import type { ImportCommandOptions } from '../commands/import.ts'
import type { CliContext } from '../context.ts'
import type { SetExitCode } from './program.ts'
import { addSettings } from './setting-option.ts'

export const addImportCommand = (program: Command, context: CliContext, setExitCode: SetExitCode): void => {
  const command = program.command('import').helpGroup('Maintain:').summary('take over what MLflow kept')
  addSettings(command, ['backendStoreUri', 'artifactsDestination', 'dataDir'])
    .argument('<SOURCE>', 'an mlruns folder, sqlite:///file, postgresql://…, or the http(s):// URL of a running server')
    .description(
      'Takes over experiments, runs, histories, models and artifacts of MLflow, with their ids, and compares the result with the source. It may be repeated at any time: what is there is skipped, what is new is added, nothing is deleted.',
    )
    .addOption(
      new Option('--artifacts <how>', 'copy files here, or keep them where they are')
        .choices(['copy', 'keep'])
        .default('copy'),
    )
    .option(
      '--source-artifacts <place>',
      'where the old server kept its artifacts: the folder, or the URL of a server that still runs',
    )
    .option('--experiment-ids <ids>', 'only these experiments, separated by commas, and no registered models')
    .addOption(
      new Option(
        '--on-conflict <rule>',
        'when another experiment has the name: stop, rename the imported one, or skip it',
      )
        .choices(['fail', 'rename', 'skip'])
        .default('fail'),
    )
    .addOption(new Option('--workers <number>', 'runs whose files are copied at once, 1 to 64').default('4'))
    .option('--dry-run', 'only say what would be done')
    .option('--verify-only', 'only compare what was imported with the source')
    .option('--report <file>', 'write the whole report there as JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (source: string, options: ImportCommandOptions) => {
      const { importFromMlflow } = await import('../commands/import.ts')
      setExitCode(await importFromMlflow(context, source, options))
    })
}

const EXAMPLES = `
Examples:
  $ tidemill import ./mlruns
  $ tidemill import sqlite:///mlflow.db --source-artifacts ./mlartifacts
  $ tidemill import postgresql://db/mlflow --artifacts keep --backend-store-uri postgresql://db/tidemill
  $ tidemill import http://old.example.org:5000 --dry-run

Exit code 0 says that everything in the source is in the target; 1 that it is not, see the report. An embedded store
must not be open in a server meanwhile.`
