import { constants, type Dirent } from 'node:fs'
import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Tag } from '@tidemill/core'
import { parse } from 'yaml'
import { absentAsUndefined } from '../artifacts/local-folder.ts'
import { isKey } from '../source/entities.ts'
import { type Fields, isFields, toStorableText } from '../source/fields.ts'
import type { ReportFinding } from '../source/import-source.ts'

/** Of a `meta.yaml` that MLflow writes, by far. */
const MAX_META_BYTES = 1024 * 1024
/** Datasets keep a profile of up to 16 MB in theirs. */
export const MAX_DATASET_BYTES = 40 * 1024 * 1024
const MAX_VALUE_BYTES = 16 * 1024 * 1024
const MAX_DEPTH = 32

/** Reads the folders and files of a file store, follows no link, and reports what it leaves out. */
export interface StoreFolder {
  /** Names of the folders in a folder, sorted; none when it is absent. */
  listFolders(path: string): Promise<readonly string[]>
  /** Undefined when it is absent, or reported as unreadable. */
  readMeta(path: string, maxBytes?: number): Promise<Fields | undefined>
  /** The files below a folder as keys and values: a key with slashes is a file in folders. */
  readValues(path: string): Promise<Tag[]>
  /** The files below a folder as keys, sorted. */
  listKeys(path: string): Promise<readonly string[]>
  report: ReportFinding
}

export const createStoreFolder = (report: ReportFinding): StoreFolder => {
  const list = async (path: string): Promise<Dirent[]> => {
    const entries = (await readdir(path, { withFileTypes: true }).catch(absentAsUndefined)) ?? []
    for (const entry of entries) {
      if (entry.isSymbolicLink()) {
        report({ where: join(path, entry.name), message: 'is a symbolic link and is not followed' })
      }
    }
    return entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  }
  const listKeys = async (path: string, prefix = '', depth = 0): Promise<string[]> => {
    const keys: string[] = []
    for (const entry of await list(join(path, prefix))) {
      const key = prefix === '' ? entry.name : `${prefix}/${entry.name}`
      if (entry.isDirectory() && depth < MAX_DEPTH) keys.push(...(await listKeys(path, key, depth + 1)))
      else if (entry.isFile() && isKey(key)) keys.push(key)
      else if (!entry.isSymbolicLink()) report({ where: join(path, key), message: 'is no file with a key for a name' })
    }
    return keys
  }
  return {
    report,
    listFolders: async (path) => (await list(path)).filter((entry) => entry.isDirectory()).map(({ name }) => name),
    listKeys,
    readMeta: async (path, maxBytes = MAX_META_BYTES) => {
      const file = join(path, 'meta.yaml')
      const text = await readText(file, maxBytes, report)
      return text === undefined ? undefined : parseMeta(file, text, report)
    },
    readValues: async (path) => {
      const values: Tag[] = []
      for (const key of await listKeys(path)) {
        const value = await readText(join(path, key), MAX_VALUE_BYTES, report)
        if (value !== undefined) values.push({ key, value: toStorableText(value) })
      }
      return values
    },
  }
}

const parseMeta = (file: string, text: string, report: ReportFinding): Fields | undefined => {
  try {
    const document: unknown = parse(text, { maxAliasCount: 100 })
    if (isFields(document)) return document
    report({ where: file, message: 'has no YAML mapping' })
  } catch (error) {
    // With line and column, and an excerpt in the lines after the first.
    const message = error instanceof Error ? error.message.split('\n')[0] : String(error)
    report({ where: file, message: `is no valid YAML: ${message}` })
  }
  return undefined
}

/** Undefined when the file is absent, or reported. */
const readText = async (file: string, maxBytes: number, report: ReportFinding): Promise<string | undefined> => {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  const handle = await open(file, flags).catch((error: unknown) => {
    if (absentOrRefused(error) === 'refused') report({ where: file, message: reasonOf(error) })
    return undefined
  })
  if (handle === undefined) return undefined
  try {
    const stats = await handle.stat()
    if (!stats.isFile()) return undefined
    if (stats.size > maxBytes) {
      report({ where: file, message: `has ${stats.size} bytes, at most ${maxBytes} are read` })
      return undefined
    }
    return (await handle.readFile()).toString('utf8')
  } finally {
    await handle.close()
  }
}

const absentOrRefused = (error: unknown): 'absent' | 'refused' => {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'absent'
  if (code === 'EACCES' || code === 'EPERM' || code === 'ELOOP') return 'refused'
  throw error
}

const reasonOf = (error: unknown): string =>
  error instanceof Error ? `cannot be read: ${error.message}` : 'cannot be read'
