import { type Lease, type LogLine, type LogStream, ResourceDoesNotExistError } from '@tidemill/core'
import { type Kysely, sql } from 'kysely'
import type { Database } from '../../tables/database.ts'
import { retryConflicts } from './transaction.ts'

/** What one attempt may store; the rest of its log is dropped. The worker says so in the last line that it sends. */
const MAX_LINES = 1_000_000
const MAX_BYTES = 100_000_000

/** Adds the lines that are new by number. False: the lease is lost. */
export const appendLogs = (db: Kysely<Database>, lease: Lease, lines: readonly LogLine[]): Promise<boolean> =>
  retryConflicts(async () => {
    // Postgres keeps no NUL in text.
    const texts = lines.map(({ text }) => text.replaceAll('\0', '\uFFFD'))
    const result = await sql<{ id: number }>`
      with held as (
        select id, last_line, log_bytes from attempt
        where attempt_id = ${lease.attemptId} and fence = ${lease.fence} and lease_until is not null
        for no key update
      ),
      fresh as (
        select held.id, line.* from held
        cross join unnest(${lines.map(({ number }) => number)}::int[], ${lines.map(({ stream }) => stream)}::text[],
          ${lines.map(({ time }) => Math.trunc(time))}::bigint[], ${texts}::text[]) as line (number, stream, time, text)
        where line.number > held.last_line and line.number <= ${MAX_LINES} and held.log_bytes < ${MAX_BYTES}
      ),
      chunk as (
        insert into attempt_log (attempt_id, first_line, streams, times, texts)
        select id, min(number), array_agg(stream order by number), array_agg(time order by number),
          array_agg(text order by number)
        from fresh group by id
      ),
      counted as (
        update attempt set last_line = added.last_line, log_bytes = log_bytes + added.bytes
        from (select id, max(number) as last_line, sum(octet_length(text)) as bytes from fresh group by id) added
        where attempt.id = added.id
      )
      select id from held`.execute(db)
    return result.rows.length === 1
  })

/** Throws ResourceDoesNotExistError for an unknown attempt. */
export const readLogs = async (
  db: Kysely<Database>,
  attemptId: string,
  from: number,
  limit: number,
): Promise<{ readonly lines: readonly LogLine[]; readonly ended: boolean }> => {
  // The attempt first: when it has ended, the lines that are read next are all there will be.
  const attempt = await db
    .selectFrom('attempt')
    .where('attempt_id', '=', attemptId)
    .select(['id', 'ended_at'])
    .executeTakeFirst()
  if (attempt === undefined) {
    throw new ResourceDoesNotExistError(`No attempt with id '${attemptId}'. A workflow run lists its attempts.`)
  }
  const result = await sql<{ number: number; stream: LogStream; time: number; text: string }>`
    select attempt_log.first_line + line.position::int - 1 as number, line.stream, line.time, line.text
    from attempt_log
    cross join lateral unnest(streams, times, texts) with ordinality as line (stream, time, text, position)
    where attempt_log.attempt_id = ${attempt.id}
      and attempt_log.first_line >= coalesce(
        (select max(first_line) from attempt_log where attempt_id = ${attempt.id} and first_line <= ${from}), 0)
      and attempt_log.first_line + line.position - 1 >= ${from}
    order by attempt_log.first_line, line.position
    limit ${limit}`.execute(db)
  return { lines: result.rows, ended: attempt.ended_at !== null }
}
