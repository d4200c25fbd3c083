import type { UserStore } from '@tidemill/core'
import { type Kysely, sql } from 'kysely'
import type { Database } from '../tables/database.ts'
import type { ExperimentKey } from '../tables/experiment.ts'

export type AttemptTokenStore = Pick<UserStore, 'saveAttemptToken' | 'findAttemptToken'>

/** Tokens that ended are few, because each new one sweeps. */
const MAX_SWEPT = 100

/** A token ends with its attempt's lease, whoever still holds it. */
export const createAttemptTokenStore = (db: Kysely<Database>): AttemptTokenStore => ({
  saveAttemptToken: async ({ attemptId, fence }, tokenHash) => {
    const { rows } = await sql`
      with leased as (
        select id, fence from attempt where attempt_id = ${attemptId} and fence = ${fence} and ended_at is null
      ),
      ended as (
        select attempt_token.token_hash from attempt_token join attempt on attempt.id = attempt_token.attempt_id
        where attempt.ended_at is not null or attempt.fence <> attempt_token.fence
        limit ${MAX_SWEPT} for update of attempt_token skip locked
      ),
      swept as (delete from attempt_token using ended where attempt_token.token_hash = ended.token_hash)
      insert into attempt_token (token_hash, attempt_id, fence) select ${tokenHash}, id, fence from leased
      returning attempt_id`.execute(db)
    return rows.length > 0
  },
  findAttemptToken: async (tokenHash) => {
    const { rows } = await sql<{ user_id: number; username: string; is_admin: boolean; experiment_id: ExperimentKey }>`
      select account.user_id, account.username, account.is_admin, workflow_run.experiment_id
      from attempt_token
      join attempt on attempt.id = attempt_token.attempt_id
        and attempt.fence = attempt_token.fence and attempt.ended_at is null
      join workflow_run on workflow_run.id = attempt.workflow_run_id
      join account on account.user_id = workflow_run.submitter_id
      where attempt_token.token_hash = ${tokenHash}`.execute(db)
    const row = rows[0]
    if (row === undefined) return undefined
    return {
      user: { userId: row.user_id, username: row.username, isAdmin: row.is_admin },
      experimentId: String(row.experiment_id),
    }
  },
})
