import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from '@tidemill/testkit'
import { type Contender, type ContenderName, startContender } from '../contenders/contender.ts'
import { makeRecipe } from '../contenders/recipes.ts'
import type { LoadJob } from '../load/job.ts'
import { type PostgresCluster } from '../processes/postgres-cluster.ts'
import { median } from '../processes/quantile.ts'
import { FIRST_COUNTER, type Round, type Scale, type Work } from '../works/work.ts'
import { measure, type Measurement } from './measure.ts'
import { untilQuiet } from './until-quiet.ts'

export interface Plan {
  readonly works: readonly Work[]
  readonly contenders: readonly ContenderName[]
  readonly scale: Scale
  readonly rounds: number
  readonly warmUpMs: number
  readonly measureMs: number
  /** Only errors and what is read back count: no open loops, no waiting for exact costs. */
  readonly isQuick: boolean
  /** Variables for our servers. */
  readonly environment: Readonly<Record<string, string>>
}

/** What a server cost before anything was asked of it. */
interface Start {
  readonly contender: ContenderName
  readonly label: string
  readonly startMs: number
  readonly startCpuMs: number
  readonly idleMiB: number
  readonly processes: number
}

export interface Outcome {
  readonly starts: readonly Start[]
  readonly measurements: readonly Measurement[]
  /** Checks that failed and loads with errors: a figure of theirs says nothing. */
  readonly failures: readonly string[]
}

const SETTLE_MS = 5_000

/** Starts the contenders and measures each work in interleaved rounds, peers and ours in turn. */
export const runWorks = async (
  plan: Plan,
  cluster: PostgresCluster,
  directory: string,
  say: (line: string) => void,
): Promise<Outcome> => {
  await using stack = new AsyncDisposableStack()
  const contenders = new Map<ContenderName, Contender>()
  const starts: Start[] = []
  for (const name of plan.contenders.filter((each) => plan.works.some((work) => work.contenders.includes(each)))) {
    const recipe = await makeRecipe(name, { cluster, directory: join(directory, name), environment: plan.environment })
    const contender = stack.use(await startContender(recipe, await freePort(), cluster))
    contenders.set(name, contender)
    if (!plan.isQuick) await delay(SETTLE_MS)
    const { residentMiB, processes } = await contender.readServer()
    const { label, startMs, startCpuMs } = contender
    starts.push({ contender: name, label, startMs, startCpuMs, idleMiB: residentMiB, processes })
    say(`${label}: ready after ${Math.round(startMs)} ms, ${Math.round(residentMiB)} MiB in ${processes} processes`)
  }
  const measurements: Measurement[] = []
  const failures: string[] = []
  for (const work of plan.works) {
    const present = work.contenders.map((name) => contenders.get(name)).filter((each) => each !== undefined)
    await runWork(work, present, plan, {
      measured: (measurement) => {
        measurements.push(measurement)
        say(toLine(measurement))
      },
      failed: (failure) => {
        failures.push(failure)
        say(`FAILED ${failure}`)
      },
    })
  }
  return { starts, measurements, failures }
}

interface Recorder {
  measured(measurement: Measurement): void
  failed(failure: string): void
}

/** A contender that fails is left out of the rest of the work. */
const runWork = async (work: Work, contenders: readonly Contender[], plan: Plan, recorder: Recorder): Promise<void> => {
  const makers = new Map<Contender, () => Promise<Round>>()
  const rates = new Map<Contender, number[]>()
  const orFail = async (contender: Contender, step: () => Promise<void>): Promise<void> => {
    try {
      await step()
    } catch (error) {
      makers.delete(contender)
      recorder.failed(`${work.name} on ${contender.name}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  const runOnce = async (contender: Contender, loop: Measurement['loop']): Promise<void> => {
    const round = await makers.get(contender)?.()
    if (round === undefined) return
    const job: LoadJob = {
      origin: contender.origin,
      scripts: round.scripts,
      connections: work.connections,
      warmUpMs: plan.warmUpMs,
      measureMs: plan.measureMs,
      ...(work.maxCalls === undefined ? {} : { maxCalls: work.maxCalls }),
      ...(loop === 'closed' ? {} : { rate: median(rates.get(contender) ?? []) / 2 }),
      firstCounter: FIRST_COUNTER,
    }
    const { measurement, acknowledged } = await measure(work.name, contender, job, async () =>
      plan.isQuick ? undefined : untilQuiet(contender),
    )
    rates.set(contender, [...(rates.get(contender) ?? []), measurement.callsPerSecond])
    recorder.measured(measurement)
    if (measurement.errors > 0) throw new Error(`${measurement.errors} errors, the first: ${measurement.firstError}`)
    await round.check(acknowledged)
  }

  for (const contender of contenders) {
    await orFail(contender, async () => {
      makers.set(contender, await work.prepare(contender, plan.scale))
    })
  }
  for (let repetition = 0; repetition < plan.rounds; repetition++) {
    for (const contender of contenders) await orFail(contender, () => runOnce(contender, 'closed'))
  }
  if (!work.hasOpenLoop || plan.isQuick) return
  for (const contender of contenders) await orFail(contender, () => runOnce(contender, 'open'))
}

const toLine = (m: Measurement): string =>
  [
    m.work.padEnd(16),
    m.contender.padEnd(18),
    m.loop.padEnd(6),
    `${m.cpuMsPerCall.toFixed(3)} CPU ms (${m.deferredCpuMsPerCall.toFixed(3)} later)`.padStart(30),
    `${m.callsPerSecond.toFixed(1)}/s`.padStart(11),
    `p50 ${m.p50Ms.toFixed(2)} p95 ${m.p95Ms.toFixed(2)} p99 ${m.p99Ms.toFixed(2)} ms`,
    `${Math.round(m.peakMiB)} MiB`,
    `load ${m.load1.toFixed(1)}`,
  ].join('  ')
