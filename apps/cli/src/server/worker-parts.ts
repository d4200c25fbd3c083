import type { ArtifactRepository } from '@tidemill/artifacts'
import type { Dispatcher, Logger } from '@tidemill/core'
import { createStepExecutor, type StepExecutorOptions } from '@tidemill/projects'
import { createBullmqDispatcher, createMemoryDispatcher, type LogArchive } from '@tidemill/worker'
import type { ServeConfig } from '../config.ts'

/** Tickets travel over Redis when there is one, else within this process. */
export const createDispatcher = (config: ServeConfig, logger: Logger): Dispatcher =>
  config.redisUrl === undefined
    ? createMemoryDispatcher({ logger })
    : createBullmqDispatcher({ redisUrl: config.redisUrl, logger })

export const createExecutor = (
  config: ServeConfig,
  downloader: StepExecutorOptions['downloader'],
): ReturnType<typeof createStepExecutor> =>
  createStepExecutor({
    dataDirectory: config.dataDirectory,
    environmentPolicy: config.environmentPolicy,
    sourcePolicy: config.sourcePolicy,
    downloader,
  })

/** Keeps an attempt's whole log beside the other artifacts of its run. */
export const createLogArchive =
  (artifacts: ArtifactRepository): LogArchive =>
  async (artifactUri, relativePath, content) => {
    const { store, path } = artifacts.resolve(`${artifactUri.replace(/\/+$/, '')}/${relativePath}`)
    await store.write(path, content)
  }
