/** Takes the figures of bench/README.md and prints them as a table. Arguments name some of: start submit engine run. */
import { parseArgs } from 'node:util'
import { cpus, totalmem } from 'node:os'
import { startPostgres, startRedis } from '@tidemill/testkit'
import { measureEngine } from './engine.ts'
import { formatFigures, isReached, type Figure } from './report.ts'
import { measureRun } from './run.ts'
import { measureStart } from './start.ts'
import { measureSubmit } from './submit.ts'

const { positionals } = parseArgs({ allowPositionals: true })
const isWanted = (name: string): boolean => positionals.length === 0 || positionals.includes(name)

const [postgres, redis] = await Promise.all([startPostgres(), startRedis()])
const postgresUrl = postgres.service.isAvailable ? postgres.service.url : undefined
const redisUrl = redis.service.isAvailable ? redis.service.url : undefined
const figures: Figure[] = []
try {
  if (isWanted('start')) figures.push(...(await measureStart(postgresUrl)))
  if (isWanted('submit')) figures.push(...(await measureSubmit()))
  if (isWanted('run')) figures.push(...(await measureRun()))
  if (isWanted('engine')) figures.push(...(await measureEngine(postgresUrl, redisUrl)))
} finally {
  await Promise.all([postgres.stop(), redis.stop()])
}
console.log(
  `${new Date().toISOString().slice(0, 10)}, ${cpus().length} x ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}\n`,
)
console.log(formatFigures(figures))
process.exitCode = figures.every(isReached) ? 0 : 1
