import { existsSync } from 'node:fs'
import { realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { type Experiment, InvalidParameterValueError } from '@tidemill/core'
import { absentAsUndefined, openLocalFolder, toLocalPath } from '../artifacts/local-folder.ts'
import { toExperiment, UnreadableError } from '../source/entities.ts'
import type { ArtifactOwner, ImportSource, ReportFinding, SourceRun } from '../source/import-source.ts'
import { readLoggedModel } from './read-logged-model.ts'
import { readRegisteredModel } from './read-registered-model.ts'
import { readRun, toPairs } from './read-run.ts'
import { createStoreFolder, type StoreFolder } from './store-folder.ts'

const RUNS_PER_PAGE = 50
const TRASH = '.trash'

interface ExperimentFolder {
  readonly path: string
  readonly experimentId: string
}

/** An `mlruns` folder of MLflow 1.x to 3.x. Throws InvalidParameterValueError when it is none. */
export const openFileStore = async (
  directory: string,
  options: { readonly artifactRoots: readonly string[]; readonly report: ReportFinding },
): Promise<ImportSource> => {
  const root = await realpath(directory).catch(absentAsUndefined)
  if (root === undefined)
    throw new InvalidParameterValueError(`There is no folder '${directory}'. Give the mlruns folder of a file store.`)
  const folder = createStoreFolder(options.report)
  const folders = await findExperiments(folder, root)
  if (folders.size === 0) {
    throw new InvalidParameterValueError(
      `'${directory}' has no experiment of an MLflow file store. Give the folder that has folders like '0' with a meta.yaml in them.`,
    )
  }
  return new FileStoreSource(root, folder, folders, [root, ...options.artifactRoots])
}

const findExperiments = async (folder: StoreFolder, root: string): Promise<Map<string, ExperimentFolder>> => {
  const found = new Map<string, ExperimentFolder>()
  for (const parent of [root, join(root, TRASH)]) {
    for (const name of await folder.listFolders(parent)) {
      if (/^\d{1,19}$/.test(name) && !found.has(name)) found.set(name, { path: join(parent, name), experimentId: name })
    }
  }
  return found
}

class FileStoreSource implements ImportSource {
  readonly description: string
  readonly #root: string
  readonly #folder: StoreFolder
  readonly #folders: ReadonlyMap<string, ExperimentFolder>
  readonly #artifactRoots: readonly string[]

  constructor(
    root: string,
    folder: StoreFolder,
    folders: ReadonlyMap<string, ExperimentFolder>,
    artifactRoots: readonly string[],
  ) {
    this.description = `file store ${root}`
    this.#root = root
    this.#folder = folder
    this.#folders = folders
    this.#artifactRoots = artifactRoots
  }

  async *listExperiments(): AsyncGenerator<Experiment> {
    for (const { path, experimentId } of this.#folders.values()) {
      const meta = await this.#folder.readMeta(path)
      if (meta === undefined) {
        this.#folder.report({
          where: path,
          message: 'has no readable meta.yaml: the experiment is left out with its runs',
        })
        continue
      }
      const tags = [...toPairs(meta.tags), ...(await this.#folder.readValues(join(path, 'tags')))]
      const stage = path.startsWith(join(this.#root, TRASH)) ? { lifecycle_stage: 'deleted' } : {}
      const experiment = await this.#readable(path, async () =>
        toExperiment({ ...meta, ...stage, experiment_id: experimentId }, tags),
      )
      if (experiment !== undefined) yield experiment
    }
  }

  async *listRuns(experimentId: string): AsyncGenerator<readonly SourceRun[]> {
    const experiment = this.#folders.get(experimentId)
    if (experiment === undefined) return
    let page: SourceRun[] = []
    for (const name of await this.#folder.listFolders(experiment.path)) {
      if (NOT_RUNS.has(name)) continue
      const run = await this.#readable(join(experiment.path, name), () => readRun(this.#folder, experiment, name))
      if (run === undefined) {
        this.#folder.report({ where: join(experiment.path, name), message: 'is no run: it has no readable meta.yaml' })
        continue
      }
      page.push(run)
      if (page.length < RUNS_PER_PAGE) continue
      yield page
      page = []
    }
    if (page.length > 0) yield page
  }

  async *listLoggedModels(experimentId: string): ReturnType<ImportSource['listLoggedModels']> {
    const experiment = this.#folders.get(experimentId)
    if (experiment === undefined) return
    const path = join(experiment.path, 'models')
    for (const name of await this.#folder.listFolders(path)) {
      const model = await this.#readable(join(path, name), () => readLoggedModel(this.#folder, experiment, name))
      if (model !== undefined) yield model
    }
  }

  async *listRegisteredModels(): ReturnType<ImportSource['listRegisteredModels']> {
    const path = join(this.#root, 'models')
    for (const name of await this.#folder.listFolders(path)) {
      const model = await this.#readable(join(path, name), () => readRegisteredModel(this.#folder, join(path, name)))
      if (model !== undefined) yield model
    }
  }

  async countRuns(): Promise<number> {
    let count = 0
    for (const { path } of this.#folders.values()) {
      count += (await this.#folder.listFolders(path)).filter((name) => !NOT_RUNS.has(name)).length
    }
    return count
  }

  async countLeftOut(): Promise<ReadonlyMap<string, number>> {
    let traces = 0
    for (const { path } of this.#folders.values())
      traces += (await this.#folder.listFolders(join(path, 'traces'))).length
    return new Map([['traces', traces]])
  }

  /** Where the files are in this folder, wherever the store was when it wrote the URI; else where the URI says. */
  async findArtifacts({ experimentId, id, kind, uri }: ArtifactOwner): ReturnType<ImportSource['findArtifacts']> {
    const experiment = this.#folders.get(experimentId)
    const own = kind === 'run' ? [id, 'artifacts'] : ['models', id, 'artifacts']
    const inside = experiment === undefined || !/^[\w-]+$/.test(id) ? undefined : join(experiment.path, ...own)
    if (inside !== undefined && existsSync(inside)) return openLocalFolder(inside, [this.#root], this.#folder.report)
    const path = toLocalPath(uri, this.#root)
    return path === undefined ? undefined : openLocalFolder(path, this.#artifactRoots, this.#folder.report)
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  async #readable<T>(where: string, read: () => Promise<T>): Promise<T | undefined> {
    try {
      return await read()
    } catch (error) {
      if (!(error instanceof UnreadableError)) throw error
      this.#folder.report({ where, message: error.message })
      return undefined
    }
  }
}

/** Folders of an experiment that hold other things. */
const NOT_RUNS: ReadonlySet<string> = new Set(['tags', 'datasets', 'traces', 'models', 'artifacts'])
