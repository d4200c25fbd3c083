import { type ArtifactPath, type ArtifactStore, DomainError, parseArtifactPath } from '@tidemill/core'
import type { Progress } from '../import/progress.ts'
import type { ArtifactOwner, ImportSource, ReportFinding } from '../source/import-source.ts'
import type { ArtifactFolder } from './artifact-folder.ts'
import { isMovable, toCopiedUri } from './uri-map.ts'

/** Brings the files of runs and logged models to their new place, and says where that is. */
export interface ArtifactPlaces {
  /** The URI in the target. Files that are there already in their size are not copied again. */
  place(owner: ArtifactOwner): Promise<string>
  /** Where an experiment's new runs put theirs. */
  placeOfExperiment(location: string, experimentId: string): string
}

/** Files stay where they are. */
export const keepArtifacts: ArtifactPlaces = {
  place: async ({ uri }) => uri,
  placeOfExperiment: (location) => location,
}

export const createArtifactCopier = (options: {
  readonly source: ImportSource
  readonly store: ArtifactStore
  /** Only says where files will be. */
  readonly isDryRun: boolean
  readonly progress: Progress
  readonly report: ReportFinding
  readonly toCopiedLocation: (location: string, experimentId: string) => string
}): ArtifactPlaces => ({
  placeOfExperiment: (location, experimentId) =>
    isMovable(location) ? options.toCopiedLocation(location, experimentId) : location,
  place: async (owner) => {
    if (!isMovable(owner.uri)) return owner.uri
    const folder = await options.source.findArtifacts(owner)
    if (folder === undefined) {
      const message = `its artifacts at '${owner.uri}' cannot be read from here and stay there. Say where they are with --source-artifacts.`
      options.report({ where: `${owner.kind} ${owner.id}`, message })
      return owner.uri
    }
    const uri = toCopiedUri(owner)
    if (!options.isDryRun) await copyFolder(folder, toStorePath(uri), options, owner)
    return uri
  },
})

/** The path below the root of the store of an `mlflow-artifacts:/` URI. Throws InvalidParameterValueError. */
export const toStorePath = (uri: string): string => parseArtifactPath(uri.replace(/^mlflow-artifacts:\/+/, ''))

const copyFolder = async (
  folder: ArtifactFolder,
  root: string,
  {
    store,
    progress,
    report,
  }: { readonly store: ArtifactStore; readonly progress: Progress; readonly report: ReportFinding },
  owner: ArtifactOwner,
): Promise<void> => {
  for await (const { path, size } of folder.listFiles()) {
    try {
      const target = parseArtifactPath(`${root}/${path}`)
      const isCopied = await copyFile(folder, path, store, target, size)
      progress.countFile(isCopied, size ?? 0)
    } catch (error) {
      // A name that no client could ask for, or a folder in the place of a file: the other files go on.
      if (!(error instanceof DomainError) || error.code !== 'INVALID_PARAMETER_VALUE') throw error
      report({ where: `${owner.kind} ${owner.id}`, message: `its file '${path}' cannot be kept: ${error.message}` })
    }
  }
}

const copyFile = async (
  folder: ArtifactFolder,
  path: string,
  store: ArtifactStore,
  target: ArtifactPath,
  size: number | undefined,
): Promise<boolean> => {
  const there = await store.stat(target)
  if (there !== undefined && size !== undefined && there.fileSize === size) return false
  await store.write(target, folder.read(path), size)
  return true
}
