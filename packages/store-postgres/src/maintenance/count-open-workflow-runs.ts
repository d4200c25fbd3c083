import { sql } from 'kysely'
import type { OpenDatabase } from '../database/open-database.ts'

/** Workflow runs that have not ended, by state: what the index of open ones holds. */
export const countOpenWorkflowRuns = async ({
  db,
}: OpenDatabase): Promise<readonly { readonly state: string; readonly count: number }[]> => {
  const { rows } = await sql<{ state: string; count: number }>`
    select state, count(*)::int as count from workflow_run where ended_at is null group by state order by state`.execute(
    db,
  )
  return rows
}
