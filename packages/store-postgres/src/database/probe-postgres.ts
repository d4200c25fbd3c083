import pg from 'pg'
import { toPostgresUri } from './postgres.ts'

/** Logs in and answers the server's version; changes nothing. Rejects with the driver's error. */
export const probePostgres = async (uri: string, timeoutMs: number): Promise<string> => {
  const client = new pg.Client({
    connectionString: toPostgresUri(uri),
    application_name: 'tidemill',
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
  })
  // What breaks after the answer is of no interest; without a listener it would end the process.
  client.on('error', () => undefined)
  try {
    await client.connect()
    const { rows } = await client.query<{ server_version: string }>('show server_version')
    return rows[0]?.server_version ?? ''
  } finally {
    await client.end()
  }
}
