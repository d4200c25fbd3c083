/**
 * Takes the figures of bench/README.md and prints them as tables. The first argument names some of: start submit run
 * engine tracking crash; those after `tracking` name its works.
 */
import { parseArgs } from 'node:util'
import { startPostgres, startRedis } from '@tidemill/testkit'
import { CONTENDERS, isOurs } from './contenders/contender.ts'
import { measureCrash } from './crash.ts'
import { measureEngine } from './engine.ts'
import { describeMachine } from './processes/machine.ts'
import { formatFigures, isReached, type Figure } from './report.ts'
import { measureRun } from './run.ts'
import { measureStart } from './start.ts'
import { measureSubmit } from './submit.ts'
import { DEFAULTS, measureTracking } from './tracking/tracking.ts'

// Without an exit of our own the servers would live on.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    contenders: { type: 'string' },
    profile: { type: 'string' },
  },
})

const takeTracking = (works: readonly string[]): Promise<boolean> => {
  const { quick: isQuick, contenders, profile } = values
  const named = contenders?.split(',')
  return measureTracking({
    works,
    contenders: CONTENDERS.filter((name) => named?.includes(name) ?? (isOurs(name) || !isQuick)),
    isQuick,
    rounds: Number(values.rounds ?? (isQuick ? 1 : DEFAULTS.rounds)),
    seconds: Number(values.seconds ?? (isQuick ? DEFAULTS.quickSeconds : DEFAULTS.seconds)),
    ...(profile === undefined ? {} : { profileDirectory: profile }),
  })
}

const takeFigures = async (names: readonly string[]): Promise<boolean> => {
  const isWanted = (name: string): boolean => names.length === 0 || names.includes(name)
  const [postgres, redis] = await Promise.all([startPostgres(), startRedis()])
  const postgresUrl = postgres.service.isAvailable ? postgres.service.url : undefined
  const redisUrl = redis.service.isAvailable ? redis.service.url : undefined
  const figures: Figure[] = []
  try {
    if (isWanted('start')) figures.push(...(await measureStart(postgresUrl)))
    if (isWanted('submit')) figures.push(...(await measureSubmit()))
    if (isWanted('run')) figures.push(...(await measureRun()))
    if (isWanted('engine')) figures.push(...(await measureEngine(postgresUrl, redisUrl)))
    if (isWanted('crash')) figures.push(...(await measureCrash()))
  } finally {
    await Promise.all([postgres.stop(), redis.stop()])
  }
  const { processors, memoryGiB, node } = describeMachine()
  console.log(`${new Date().toISOString().slice(0, 10)}, ${processors}, ${memoryGiB} GiB, Node ${node}\n`)
  console.log(formatFigures(figures))
  return figures.every(isReached)
}

const [first, ...others] = positionals
const hasPassed =
  first === 'tracking'
    ? await takeTracking(others)
    : first === undefined
      ? (await takeFigures([])) && (await takeTracking([]))
      : await takeFigures(positionals)
process.exitCode = hasPassed ? 0 : 1
