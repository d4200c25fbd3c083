import type { Command } from 'commander'
import type { DbOptions } from '../commands/db.ts'
import type { GcOptions } from '../commands/gc.ts'
import type { CliContext } from '../context.ts'
import type { SetExitCode } from './program.ts'
import { addSettings } from './setting-option.ts'

const GROUP = 'Maintain:'

export const addMaintainCommands = (program: Command, context: CliContext, setExitCode: SetExitCode): void => {
  addGc(program, context)
  const db = program
    .command('db')
    .helpGroup(GROUP)
    .summary("show or upgrade the database's schema")
    .description('The schema of the database. Every server upgrades it at its start; these do it apart.')
  withStore(db.command('upgrade'))
    .argument('[URI]', 'the store, as in --backend-store-uri')
    .description('Brings the schema up to date; a second time it finds nothing to do. Back up first.')
    .option('--dry-run', 'print the SQL instead of running it')
    .action(async (uri: string | undefined, options: DbOptions) => {
      const { upgradeDatabase } = await import('../commands/db.ts')
      await upgradeDatabase(context, uri, options)
    })
  withStore(db.command('status'))
    .argument('[URI]', 'the store, as in --backend-store-uri')
    .description('Lists the migrations and when they were applied. Exit code 1 when some are pending.')
    .option('--json', 'print JSON')
    .action(async (uri: string | undefined, options: DbOptions) => {
      const { showDatabaseStatus } = await import('../commands/db.ts')
      setExitCode(await showDatabaseStatus(context, uri, options))
    })
}

const addGc = (program: Command, context: CliContext): void => {
  const gc = program.command('gc').helpGroup(GROUP).summary('remove for good what was deleted')
  addSettings(withStore(gc), ['artifactsDestination', 'defaultArtifactRoot', 'trackingUri'])
    .description(
      'Removes for good the runs, logged models and experiments that were deleted: artifacts first, then rows. With ids only those, else everything that is deleted. An embedded store must not be open in a server.',
    )
    .option('--older-than <age>', 'only what was deleted that long ago, e.g. 30d or 2d8h5m20s')
    .option('--run-ids <ids>', 'only these runs, separated by commas')
    .option('--experiment-ids <ids>', 'only these experiments with all that is in them')
    .option('--logged-model-ids <ids>', 'only these logged models')
    .addHelpText('after', GC_EXAMPLES)
    .action(async (options: GcOptions) => {
      const { collectGarbage } = await import('../commands/gc.ts')
      await collectGarbage(context, options)
    })
}

const withStore = (command: Command): Command => addSettings(command, ['backendStoreUri', 'dataDir'])

const GC_EXAMPLES = `
Examples:
  $ tidemill gc --backend-store-uri postgresql://db/tidemill --artifacts-destination s3://bucket --older-than 30d
  $ tidemill gc --run-ids 0d7c…,5e1f…

Artifacts of mlflow-artifacts:/ are deleted below --artifacts-destination or, without it, through the server that
--tracking-uri names; those of other roots below --default-artifact-root.`
