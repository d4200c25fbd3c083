import { chmod, readdir, realpath, stat } from 'node:fs/promises'
import { isAbsolute, join, relative, resolve, sep } from 'node:path'
import { type ArtifactDownloader, DomainError, type EntryPoint } from '@tidemill/core'
import { isErrno } from '../errno.ts'
import { ExecutionFailure } from '../execution-failure.ts'

interface Parameter {
  readonly name: string
  readonly value: string
}

export interface PathParameterContext {
  readonly entryPoint: EntryPoint
  readonly parameters: readonly Parameter[]
  readonly projectDirectory: string
  /** Downloads go to `param_<i>` below it, `i` counting the declared parameters from 0, as in MLflow. */
  readonly workDirectory: string
  readonly downloader: ArtifactDownloader
  /** Paths outside the project: only on one's own machine. */
  readonly allowsAnyPath: boolean
}

export interface ResolvedParameters {
  readonly parameters: readonly Parameter[]
  /** Absolute paths that the command reads. */
  readonly inputs: readonly string[]
}

/**
 * Turns each `path` parameter into an absolute path that exists: a local one relative to the project, anything with
 * another scheme than `file:` downloaded first. Throws ExecutionFailure `parameters` or `policy`.
 */
export const resolvePathParameters = async (context: PathParameterContext): Promise<ResolvedParameters> => {
  const inputs: string[] = []
  const parameters: Parameter[] = []
  for (const parameter of context.parameters) {
    const index = context.entryPoint.parameters.findIndex(({ name }) => name === parameter.name)
    if (context.entryPoint.parameters[index]?.type !== 'path') {
      parameters.push(parameter)
      continue
    }
    const local = toLocalPath(parameter.value)
    const value =
      local === undefined
        ? await download(context, parameter, join(context.workDirectory, `param_${index}`))
        : await findLocal(context, parameter, local)
    inputs.push(value)
    parameters.push({ name: parameter.name, value })
  }
  return { parameters, inputs }
}

/** Undefined for a value with another scheme than a `file:` URI without a host. Percent signs are decoded, as in MLflow. */
const toLocalPath = (value: string): string | undefined => {
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(value)?.[1]?.toLowerCase()
  if (scheme !== undefined && scheme !== 'file') return undefined
  if (scheme === 'file' && /^file:\/\/[^/]/i.test(value)) return undefined
  const path = scheme === 'file' ? value.replace(/^file:(?:\/\/)?/i, '') : value
  try {
    return decodeURIComponent(path)
  } catch {
    // A lone percent sign is part of the name.
    return path
  }
}

/** The last one: a NUL in the path. */
const ABSENT = ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ERR_INVALID_ARG_VALUE']

const findLocal = async (context: PathParameterContext, { name, value }: Parameter, local: string): Promise<string> => {
  const path = resolve(context.projectDirectory, local)
  try {
    const [root, real] = await Promise.all([realpath(context.projectDirectory), realpath(path)])
    const inner = relative(root, real)
    const isInside = inner !== '..' && !inner.startsWith(`..${sep}`) && !isAbsolute(inner)
    if (local !== '' && (isInside || context.allowsAnyPath)) return path
    if (local !== '') {
      throw new ExecutionFailure(
        'rejected',
        'policy',
        `The path '${value}' of parameter '${name}' lies outside the project, which this worker does not allow. ` +
          `Log the file as an artifact and give its runs:/ URI instead.`,
      )
    }
  } catch (error) {
    if (!ABSENT.some((code) => isErrno(error, code))) throw error
  }
  throw new ExecutionFailure(
    'rejected',
    'parameters',
    `Got value ${value} for parameter ${name}, but no such file or directory was found. ` +
      `Relative paths start at the project's folder.`,
  )
}

const download = async (
  { downloader }: PathParameterContext,
  { name, value }: Parameter,
  target: string,
): Promise<string> => {
  try {
    const path = await downloader.download(value, target)
    await makeReadable(path)
    return path
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new ExecutionFailure(
      error instanceof DomainError ? 'rejected' : 'infra_failed',
      'parameters',
      `Cannot download '${value}' for parameter '${name}': ${reason}`,
      { cause: error },
    )
  }
}

/** The command of a container runs as another user. */
const makeReadable = async (path: string): Promise<void> => {
  const { mode } = await stat(path)
  const isDirectory = (mode & 0o170000) === 0o040000
  await chmod(path, (mode & 0o777) | (isDirectory ? 0o555 : 0o444))
  if (!isDirectory) return
  for (const name of await readdir(path)) await makeReadable(join(path, name))
}
