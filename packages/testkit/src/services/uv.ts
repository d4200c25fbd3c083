import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { installPackages } from './mlflow-client.ts'

const run = promisify(execFile)
const VERSION = '0.13.9'

/** The uv on PATH, else one from the package index, cached between runs of the tests. Undefined when that fails. */
export const findUv = async (): Promise<string | undefined> => {
  try {
    await run('uv', ['--version'])
    return 'uv'
  } catch {
    const directory = await installPackages(`uv-${VERSION}`, [`uv==${VERSION}`])
    return directory === undefined ? undefined : join(directory, 'bin', 'uv')
  }
}
