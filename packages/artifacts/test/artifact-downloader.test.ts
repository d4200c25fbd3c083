import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createArtifactDownloader,
  createArtifactLocator,
  createArtifactRepository,
  createLocalArtifactStore,
} from '@tidemill/artifacts'
import { parseArtifactPath, ResourceDoesNotExistError, type Run } from '@tidemill/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

let base = ''
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'tidemill-downloads-'))
})
afterAll(() => rm(base, { recursive: true, force: true }))

const RUN_ID = 'a'.repeat(32)

const setup = async () => {
  const directory = await mkdtemp(join(base, 'world-'))
  const store = createLocalArtifactStore(join(directory, 'artifacts'))
  for (const path of ['data/train.csv', 'data/deep/er/x', 'report.json']) {
    await store.write(
      parseArtifactPath(`1/${RUN_ID}/artifacts/${path}`),
      (async function* () {
        yield Buffer.from(path)
      })(),
    )
  }
  const run: Run = {
    info: {
      runId: RUN_ID,
      runName: 'n',
      experimentId: '1',
      userId: '',
      status: 'FINISHED',
      startTime: 0,
      artifactUri: `mlflow-artifacts:/1/${RUN_ID}/artifacts`,
      lifecycleStage: 'active',
    },
    metrics: [],
    params: [],
    tags: [],
    inputs: { datasets: [], modelIds: [] },
    modelOutputs: [],
  }
  const locations: Readonly<Record<string, string>> = {
    '{"kind":"version","name":"churn","version":"1"}': `runs:/${RUN_ID}/data`,
    '{"kind":"alias","name":"churn","alias":"best"}': `mlflow-artifacts:/1/${RUN_ID}/artifacts/data`,
    '{"kind":"stage","name":"churn","stage":"Production"}': 's3://elsewhere/x',
    '{"kind":"logged_model","modelId":"m-1"}': `mlflow-artifacts:/1/${RUN_ID}/artifacts/data`,
  }
  const locator = createArtifactLocator({
    tracking: {
      getRun: async (runId) => {
        if (runId !== RUN_ID) throw new ResourceDoesNotExistError(`Run with id=${runId} not found`)
        return run
      },
    },
    registry: {
      getModelLocation: async (uri) => {
        const location = locations[JSON.stringify(uri)]
        if (location === undefined) throw new ResourceDoesNotExistError('Model Version not found')
        return location
      },
    },
    repository: createArtifactRepository({ proxied: store, roots: [] }),
  })
  const downloader = createArtifactDownloader({ locator })
  return { downloader, target: join(directory, 'target') }
}

describe('a download', () => {
  test.each([
    [`runs:/${RUN_ID}/data`, 'data', ['data', 'data/deep', 'data/deep/er', 'data/deep/er/x', 'data/train.csv']],
    [`runs:/${RUN_ID}/report.json`, 'report.json', ['report.json']],
    [`mlflow-artifacts:/1/${RUN_ID}/artifacts/data/deep`, 'deep', ['deep', 'deep/er', 'deep/er/x']],
    ['models:/churn/1/deep', 'deep', ['deep', 'deep/er', 'deep/er/x']],
    ['models:/churn@best/train.csv', 'train.csv', ['train.csv']],
    ['models:/m-1', 'data', ['data', 'data/deep', 'data/deep/er', 'data/deep/er/x', 'data/train.csv']],
  ])('of %s brings all of it', async (uri, name, files) => {
    const { downloader, target } = await setup()
    expect(await downloader.download(uri, target)).toBe(join(target, name))
    const found = (await readdir(target, { recursive: true })).filter((file) => !file.startsWith('.tidemill'))
    expect(found.toSorted()).toEqual(files)
  })

  test('keeps the bytes', async () => {
    const { downloader, target } = await setup()
    const file = await downloader.download(`runs:/${RUN_ID}/data/train.csv`, target)
    expect(await readFile(file, 'utf8')).toBe('data/train.csv')
  })

  test.each([
    [`runs:/${RUN_ID}/absent`, 'RESOURCE_DOES_NOT_EXIST'],
    ['runs:/unknown/data', 'RESOURCE_DOES_NOT_EXIST'],
    [`runs:/${RUN_ID}/../../x`, 'INVALID_PARAMETER_VALUE'],
    ['models:/churn/2', 'RESOURCE_DOES_NOT_EXIST'],
    ['models:/churn/Production', 'INVALID_PARAMETER_VALUE'],
    ['models:/churn/1/../../x', 'INVALID_PARAMETER_VALUE'],
    ['models:/', 'INVALID_PARAMETER_VALUE'],
    ['s3://bucket/x', 'INVALID_PARAMETER_VALUE'],
    ['http://127.0.0.1:1/x', 'INVALID_PARAMETER_VALUE'],
    ['/etc/passwd', 'INVALID_PARAMETER_VALUE'],
  ])('of %s is refused', async (uri, code) => {
    const { downloader, target } = await setup()
    await expect(downloader.download(uri, target)).rejects.toMatchObject({ code })
  })
})
