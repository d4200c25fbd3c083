import { loadavg } from 'node:os'
import type { Contender, ContenderName } from '../contenders/contender.ts'
import type { LoadJob, LoadResult } from '../load/job.ts'
import { runLoad } from '../load/run-load.ts'

/** One load on one contender. */
export interface Measurement {
  readonly work: string
  readonly contender: ContenderName
  readonly loop: 'closed' | 'open'
  readonly calls: number
  readonly callsPerSecond: number
  /** User and system time of server and Postgres, what they put off until after the reply included. */
  readonly cpuMsPerCall: number
  /** The part of it that came after the last reply. */
  readonly deferredCpuMsPerCall: number
  readonly p50Ms: number
  readonly p95Ms: number
  readonly p99Ms: number
  readonly maxMs: number
  readonly mibPerSecond: number
  /** Resident memory of the server's tree at its highest during the load. */
  readonly peakMiB: number
  readonly errors: number
  readonly firstError?: string
  /** Load average of the machine after it, the generator's own share included. */
  readonly load1: number
}

const MEMORY_POLL_MS = 500

/** `settle` waits until the contender has nothing left to do, so that its CPU time is that of the load. */
export const measure = async (
  work: string,
  contender: Contender,
  job: LoadJob,
  settle: (contender: Contender) => Promise<void>,
): Promise<{ readonly measurement: Measurement; readonly acknowledged: LoadResult }> => {
  let before = 0
  let peakMiB = 0
  const watch = setInterval(() => {
    void contender.readServer().then(({ residentMiB }) => {
      peakMiB = Math.max(peakMiB, residentMiB)
    })
  }, MEMORY_POLL_MS)
  try {
    const result = await runLoad(job, async () => {
      await settle(contender)
      before = await contender.readCpuMs()
    })
    const atLastReply = await contender.readCpuMs()
    peakMiB = Math.max(peakMiB, (await contender.readServer()).residentMiB)
    await settle(contender)
    const after = await contender.readCpuMs()
    const sentBytes = job.scripts[0]?.[0]?.bodyBytes ?? 0
    return {
      measurement: {
        work,
        contender: contender.name,
        loop: job.rate === undefined ? 'closed' : 'open',
        calls: result.calls,
        callsPerSecond: result.calls / result.seconds,
        cpuMsPerCall: (after - before) / result.calls,
        deferredCpuMsPerCall: (after - atLastReply) / result.calls,
        p50Ms: result.p50,
        p95Ms: result.p95,
        p99Ms: result.p99,
        maxMs: result.max,
        mibPerSecond: (sentBytes * result.calls + result.receivedBytes) / 2 ** 20 / result.seconds,
        peakMiB,
        errors: result.errors,
        ...(result.firstError === undefined ? {} : { firstError: result.firstError }),
        load1: loadavg()[0] ?? Number.NaN,
      },
      acknowledged: result,
    }
  } finally {
    clearInterval(watch)
  }
}
