import type { TestProject } from 'vitest/node'
import { startPostgres } from './postgres.ts'
import { startRedis } from './redis.ts'
import { findDocker } from './docker.ts'
import type { Service } from './service.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** URL of each service, or why its tests are skipped. */
    services: Record<'postgres' | 'redis' | 'docker', Service>
  }
}

/** Starts one Postgres and one Redis for all tests of the project; ends them afterwards. */
const setup = async (project: TestProject): Promise<() => Promise<void>> => {
  const [postgres, redis, docker] = await Promise.all([startPostgres(), startRedis(), findDocker()])
  project.provide('services', {
    postgres: postgres.service,
    redis: redis.service,
    docker,
  })
  return async () => {
    await Promise.all([postgres.stop(), redis.stop()])
  }
}

export default setup
