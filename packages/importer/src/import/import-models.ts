import type { ImportedLoggedModel, ImportedRegisteredModel } from '@tidemill/core'
import { mapConcurrently } from '../concurrency/map-concurrently.ts'
import type { RunImport } from './import-runs.ts'

const MODELS_AT_ONCE = 50

export const importLoggedModels = async (work: RunImport, experimentId: string): Promise<void> => {
  let page: ImportedLoggedModel[] = []
  const flush = async (): Promise<void> => {
    const models = await mapConcurrently(page, work.workers, (model) => placeModel(work, model))
    page = []
    for (const model of models) {
      const outcome = work.isDryRun ? undefined : await work.target.putLoggedModel(model)
      work.progress.count(
        'logged models',
        outcome ?? ((await work.target.findLoggedModel(model.modelId)) ? 'unchanged' : 'created'),
      )
    }
  }
  for await (const model of work.source.listLoggedModels(experimentId)) {
    page.push(model)
    if (page.length >= MODELS_AT_ONCE) await flush()
  }
  await flush()
}

const placeModel = async (work: RunImport, model: ImportedLoggedModel): Promise<ImportedLoggedModel> => {
  const { modelId, experimentId, artifactUri } = model
  const uri = await work.places.place({ kind: 'logged model', id: modelId, experimentId, uri: artifactUri })
  work.uris.set(artifactUri, uri)
  return { ...model, artifactUri: uri }
}

/** After the runs and logged models: versions point into their files. */
export const importRegisteredModels = async (work: RunImport): Promise<void> => {
  for await (const model of work.source.listRegisteredModels()) {
    if (work.isDryRun) {
      work.progress.count(
        'registered models',
        (await work.target.findRegisteredModel(model.name)) ? 'unchanged' : 'created',
      )
    } else {
      work.progress.count('registered models', await work.target.putRegisteredModel(withPlaces(work, model)))
    }
  }
}

export const withPlaces = (
  { uris }: Pick<RunImport, 'uris'>,
  model: ImportedRegisteredModel,
): ImportedRegisteredModel => ({
  ...model,
  versions: model.versions.map((version) => ({
    ...version,
    source: uris.toTarget(version.source),
    storageLocation: uris.toTarget(version.storageLocation),
  })),
})
