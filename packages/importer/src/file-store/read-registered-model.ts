import { join } from 'node:path'
import type { ImportedModelVersion, ImportedRegisteredModel } from '@tidemill/core'
import { distinct, toModelVersion } from '../source/entities.ts'
import { findInteger, textOf } from '../source/fields.ts'
import { toPairs } from './read-run.ts'
import type { StoreFolder } from './store-folder.ts'

/** Undefined for a folder that is no model. Throws UnreadableError. */
export const readRegisteredModel = async (
  folder: StoreFolder,
  path: string,
): Promise<ImportedRegisteredModel | undefined> => {
  const meta = await folder.readMeta(path)
  if (meta === undefined) return undefined
  const versions: ImportedModelVersion[] = []
  let lastVersion = 0
  for (const name of await folder.listFolders(path)) {
    const number = /^version-(\d+)$/.exec(name)?.[1]
    const fields = number === undefined ? undefined : await folder.readMeta(join(path, name))
    if (fields === undefined) continue
    lastVersion = Math.max(lastVersion, Number(number))
    const version = toModelVersion({ version: number, ...fields }, await folder.readValues(join(path, name, 'tags')))
    if (version !== undefined) versions.push(version)
  }
  const aliases = distinct([...toPairs(meta.aliases), ...(await folder.readValues(join(path, 'aliases')))])
  const numbers = new Set(versions.map(({ version }) => version))
  const creationTime = findInteger(meta.creation_timestamp) ?? 0
  return {
    name: textOf(meta.name),
    description: textOf(meta.description),
    tags: distinct(await folder.readValues(join(path, 'tags'))),
    aliases: aliases
      .map(({ key, value }) => ({ alias: key, version: Number(value.trim()) }))
      .filter(({ version }) => numbers.has(version)),
    versions: versions.toSorted((a, b) => a.version - b.version),
    lastVersion,
    creationTime,
    lastUpdateTime: findInteger(meta.last_updated_timestamp) ?? creationTime,
  }
}
