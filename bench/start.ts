import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createPostgresDatabase, startTidemill } from '@tidemill/testkit'
import { residentMiB } from './processes/process-cost.ts'
import { median } from './processes/quantile.ts'
import type { Figure } from './report.ts'

const REPETITIONS = 5
/** Memory settles after the start's garbage is collected. */
const IDLE_MS = 5_000

/** Start times and idle memory of the embedded server and of an API process on Postgres. */
export const measureStart = async (postgresUrl: string | undefined): Promise<Figure[]> => {
  const first: number[] = []
  const later: number[] = []
  const embeddedMemory: number[] = []
  for (let repetition = 0; repetition < REPETITIONS; repetition++) {
    const directory = await mkdtemp(join(tmpdir(), 'tidemill-bench-'))
    const args = ['up', '--port', '0', '--data-dir', directory]
    first.push(await timeStart(args))
    later.push(await timeStart(args, repetition === 0 ? embeddedMemory : undefined))
    await rm(directory, { recursive: true, force: true })
  }
  const figures: Figure[] = [
    {
      name: 'embedded, first start',
      value: median(first),
      unit: 'ms',
      goal: { kind: 'at most', value: 2000 },
      how: `\`tidemill up\` on a new data directory, spawn to ready line, median of ${REPETITIONS}`,
    },
    {
      name: 'embedded, later start',
      value: median(later),
      unit: 'ms',
      goal: { kind: 'at most', value: 1000 },
      how: `the same directory again, median of ${REPETITIONS}`,
    },
    {
      name: 'embedded, idle memory',
      value: embeddedMemory[0] ?? Number.NaN,
      unit: 'MiB',
      goal: { kind: 'at most', value: 420 },
      how: `VmRSS ${IDLE_MS / 1000} s after a later start`,
    },
  ]
  if (postgresUrl === undefined) return figures

  const database = await createPostgresDatabase(postgresUrl)
  const directory = await mkdtemp(join(tmpdir(), 'tidemill-bench-'))
  const memory: number[] = []
  await timeStart(['server', '--port', '0', '--backend-store-uri', database.uri, '--data-dir', directory], memory)
  await database.drop()
  await rm(directory, { recursive: true, force: true })
  return [
    ...figures,
    {
      name: 'API process on Postgres, idle memory',
      value: memory[0] ?? Number.NaN,
      unit: 'MiB',
      goal: { kind: 'at most', value: 130 },
      how: `\`tidemill server\`, VmRSS ${IDLE_MS / 1000} s after its start`,
    },
  ]
}

const timeStart = async (args: readonly string[], memory?: number[]): Promise<number> => {
  const startedAt = performance.now()
  const tidemill = await startTidemill(args, { TIDEMILL_SOURCE: '' })
  const ms = performance.now() - startedAt
  if (memory !== undefined) {
    await delay(IDLE_MS)
    memory.push(await residentMiB(tidemill.pid))
  }
  await tidemill.stop()
  return ms
}
