import type { TestProject } from 'vitest/node'
import { startPostgres } from './postgres.ts'
import { startRedis } from './redis.ts'
import { startDocker } from './docker.ts'

/** Starts one Postgres, one Redis and, where none runs, one Docker Engine for all tests of the project; ends them afterwards. */
const setup = async (project: TestProject): Promise<() => Promise<void>> => {
  const [postgres, redis, docker] = await Promise.all([startPostgres(), startRedis(), startDocker()])
  project.provide('services', {
    postgres: postgres.service,
    redis: redis.service,
    docker: docker.service,
  })
  return async () => {
    await Promise.all([postgres.stop(), redis.stop(), docker.stop()])
  }
}

export default setup
