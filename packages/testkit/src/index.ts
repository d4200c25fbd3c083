export { createPostgresDatabase, createTestDatabase, type StoreKind } from './database.ts'
export { findDocker, startDocker } from './services/docker.ts'
export { freePort, startPostgres } from './services/postgres.ts'
export { startRedis, startRedisServer } from './services/redis.ts'
export type { Service, StartedService } from './services/service.ts'
export { waitFor } from './poll.ts'
export { type GitServer, serveGitRepository } from './services/git-server.ts'
export { findMlflowClient, installPackages, type MlflowClient } from './services/mlflow-client.ts'
export { type CommandResult, runTidemill, startTidemill, type TidemillProcess } from './tidemill-process.ts'
export { createNoOpExecutor } from './executors/no-op-executor.ts'
export {
  createScriptedExecutor,
  failedWith,
  type ScriptedExecutor,
  type ScriptedStep,
  SUCCEEDED,
} from './executors/scripted-executor.ts'
export { createBusyboxImage, hasBusybox } from './services/docker-image.ts'
export { findUv } from './services/uv.ts'
export { type S3Server, startS3Server } from './services/s3.ts'
export { findJars, type Jar } from './services/maven.ts'
export { findPythonEnvironment, type PythonEnvironment } from './services/python-environment.ts'
