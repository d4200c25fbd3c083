import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cacheDirectory } from './mlflow-client.ts'
import { findUv } from './uv.ts'

const run = promisify(execFile)
const INSTALL_LIMIT_MS = 300_000

/** A virtual environment with packages from the package index, kept between runs of the tests. */
export interface PythonEnvironment {
  readonly python: string
  /** Folder with the packages: on another environment's PYTHONPATH it lends them. */
  readonly sitePackages: string
  /** Value of PYTHONPYCACHEPREFIX: each module is compiled once for all, and nothing is written beside sources. */
  readonly bytecode: string
}

/** The environment of the name, made by uv with the packages when it is not there. Undefined when the package index does not answer. */
export const findPythonEnvironment = async (
  name: string,
  packages: readonly string[],
): Promise<PythonEnvironment | undefined> => {
  const directory = join(cacheDirectory, name)
  // Virtual environments do not move, so a mark says that this one is whole.
  const mark = join(directory, '.complete')
  if (!existsSync(mark)) {
    const uv = await findUv()
    if (uv === undefined) return undefined
    try {
      await rm(directory, { recursive: true, force: true })
      await mkdir(cacheDirectory, { recursive: true })
      await run(uv, ['venv', '--quiet', '--python', 'python3', directory])
      await run(uv, ['pip', 'install', '--quiet', '--python', join(directory, 'bin/python'), ...packages], {
        timeout: INSTALL_LIMIT_MS,
      })
      await writeFile(mark, '')
    } catch {
      return undefined
    }
  }
  const [version] = (await readdir(join(directory, 'lib'))).filter((entry) => entry.startsWith('python'))
  if (version === undefined) throw new Error(`No Python library in ${directory}`)
  return {
    python: join(directory, 'bin/python'),
    sitePackages: join(directory, 'lib', version, 'site-packages'),
    bytecode: join(cacheDirectory, 'bytecode'),
  }
}
