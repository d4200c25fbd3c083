import { type Contender, isOurs } from '../contenders/contender.ts'
import { at, openApi } from '../load/api.ts'
import { COUNTER } from '../load/body-template.ts'
import { queryOnce } from '../processes/postgres-cluster.ts'
import { type Scale, type Work, FIRST_COUNTER } from './work.ts'

const MODELS = 4

const seedModels = async (contender: Contender, prefix: string, versions: number): Promise<readonly string[]> => {
  await using api = openApi(contender.origin, MODELS)
  const names = Array.from({ length: MODELS }, (_, index) => `${prefix}-${index}`)
  await Promise.all(
    names.map(async (name) => {
      await api.post('mlflow/registered-models/create', { name })
      if (isOurs(contender.name)) {
        for (let version = 1; version <= versions; version++) {
          await api.post('mlflow/model-versions/create', { name, source: `s3://models/${name}/${version}` })
        }
      } else if (contender.database !== undefined) {
        await queryOnce(
          contender.database,
          `insert into model_versions (name, version, creation_time, last_updated_time, current_stage, source, status)
             select '${name}', v, 1700000000000, 1700000000000, 'None', 's3://models/${name}/' || v, 'READY'
             from generate_series(1, ${versions}) v; analyze model_versions`,
        )
      }
    }),
  )
  return names
}

const createVersionWork = (name: string, title: string, versionsOf: (scale: Scale) => number): Work => ({
  name,
  title,
  connections: MODELS,
  contenders: ['mlflow', 'tidemill', 'tidemill-embedded'],
  goals: { mlflow: 15 },
  hasOpenLoop: false,
  prepare: async (contender, scale) => {
    let round = 0
    return async () => {
      const versions = versionsOf(scale)
      const models = await seedModels(contender, `${name}-${round++}`, versions)
      return {
        scripts: models.map((model) => [
          {
            method: 'POST',
            path: '/api/2.0/mlflow/model-versions/create',
            body: `{"name":"${model}","source":"s3://models/${model}/${COUNTER}"}`,
          },
        ]),
        check: async ({ rounds }) => {
          await using api = openApi(contender.origin, 1)
          for (const [index, model] of models.entries()) {
            const version = String(versions + (rounds[index] ?? 0))
            const answer = await api.get('mlflow/model-versions/get', { name: model, version })
            const source = `s3://models/${model}/${FIRST_COUNTER + (rounds[index] ?? 0) - 1}`
            if (rounds[index] !== 0 && at(answer, 'model_version', 'source') !== source) {
              throw new Error(`Version ${version} of ${model} is ${JSON.stringify(answer)}, not of ${source}`)
            }
          }
        },
      }
    }
  },
})

export const registryWorks: readonly Work[] = [
  createVersionWork('create-version-1', 'create-version, models of 1 version', () => 1),
  createVersionWork('create-version-5000', 'create-version, models of 5,000 versions', (scale) => scale.modelVersions),
]
