import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { cacheDirectory } from './mlflow-client.ts'

const CENTRAL = 'https://repo1.maven.org/maven2/'
const DOWNLOAD_LIMIT_MS = 120_000

export interface Jar {
  /** Path in a Maven repository: `org/slf4j/slf4j-api/1.7.25/slf4j-api-1.7.25.jar`. */
  readonly path: string
  /** Hexadecimal. */
  readonly sha256: string
}

/** The files of the jars, fetched from Maven Central when they are not cached. Undefined when it does not answer; throws on a wrong checksum. */
export const findJars = async (jars: readonly Jar[]): Promise<string[] | undefined> => {
  const files: string[] = []
  for (const jar of jars) {
    const file = join(cacheDirectory, 'jars', `${jar.sha256.slice(0, 16)}-${basename(jar.path)}`)
    if (!existsSync(file)) {
      const bytes = await fetchBytes(CENTRAL + jar.path)
      if (bytes === undefined) return undefined
      const sha256 = createHash('sha256').update(bytes).digest('hex')
      if (sha256 !== jar.sha256) throw new Error(`${jar.path} has the checksum ${sha256}, not ${jar.sha256}`)
      await mkdir(join(cacheDirectory, 'jars'), { recursive: true })
      await writeFile(`${file}.part`, bytes)
      await rename(`${file}.part`, file)
    }
    files.push(file)
  }
  return files
}

const fetchBytes = async (url: string): Promise<Buffer | undefined> => {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(DOWNLOAD_LIMIT_MS) })
    return response.ok ? Buffer.from(await response.arrayBuffer()) : undefined
  } catch {
    return undefined
  }
}
