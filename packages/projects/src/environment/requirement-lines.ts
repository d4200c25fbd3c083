import { readFile, realpath } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isErrno } from '../errno.ts'
import { ExecutionFailure } from '../execution-failure.ts'

/** Requirement lines as an installer gets them: included files in place, paths absolute. */
export interface RequirementLines {
  readonly lines: readonly string[]
  /** Constraint files, by absolute path, with their lines. */
  readonly constraints: ReadonlyMap<string, readonly string[]>
  /** A line installs from the project's own files, so they are part of the environment. */
  readonly usesProject: boolean
}

const MAX_DEPTH = 10
const MAX_LINES = 10_000

const INCLUDE = /^(?:-r|--requirement)(?:\s+|=|(?=[^-\s]))(.+)$/
const CONSTRAINT = /^(?:-c|--constraint)(?:\s+|=|(?=[^-\s]))(.+)$/
const FIND_LINKS = /^(?:-f|--find-links)(?:\s+|=|(?=[^-\s]))(.+)$/
const EDITABLE = /^(?:-e|--editable)(?:\s+|=|(?=[^-\s]))(.+)$/

/**
 * Reads the files that the lines include. Relative ones in `lines` start at the project root, as in MLflow, those in a
 * file at that file's folder. A file outside the project is refused: an installer quotes what it cannot read.
 */
export const expandRequirements = async (
  lines: readonly string[],
  projectDirectory: string,
): Promise<RequirementLines> => {
  const root = await realpath(projectDirectory)
  const constraints = new Map<string, readonly string[]>()
  const result: string[] = []
  let usesProject = false

  const add = async (line: string, folder: string, depth: number): Promise<void> => {
    if (depth > MAX_DEPTH) throw refused(`Requirement files include each other more than ${MAX_DEPTH} deep.`)
    if (result.length >= MAX_LINES) throw refused(`The project has more than ${MAX_LINES} requirement lines.`)
    const included = INCLUDE.exec(line)?.[1]
    if (included !== undefined) {
      const file = await findInside(root, folder, included)
      for (const inner of await readLines(file)) await add(inner, dirname(file), depth + 1)
      return
    }
    const constraint = CONSTRAINT.exec(line)?.[1]
    if (constraint !== undefined) {
      const file = await findInside(root, folder, constraint)
      constraints.set(file, await readLines(file))
      return
    }
    const links = FIND_LINKS.exec(line)?.[1]
    if (links !== undefined && !links.includes('://')) {
      result.push(`--find-links ${await findInside(root, root, links)}`)
      return
    }
    const local = localPath(EDITABLE.exec(line)?.[1] ?? line)
    if (local === undefined) {
      result.push(line)
      return
    }
    usesProject = true
    // Not editable: the checkout goes when the attempt ends, the environment stays.
    result.push((await findInside(root, root, local.path)) + local.rest)
  }

  for (const line of lines.flatMap((text) => toLines(text))) await add(line, root, 0)
  return { lines: result, constraints, usesProject }
}

/** Joined continuations, without comments and blank lines. */
const toLines = (text: string): string[] =>
  text
    .replaceAll(/\\\r?\n/g, '')
    .split(/\r?\n/)
    .map((line) => line.replace(/(?:^|\s)#.*$/, '').trim())
    .filter((line) => line !== '')

/** `.`, `./lib[extra]`, `lib/` or `file:…`. Undefined: a name, an option or a URL. */
const localPath = (requirement: string): { readonly path: string; readonly rest: string } | undefined => {
  if (requirement.startsWith('-')) return undefined
  const [, specifier = '', rest = ''] = /^(.*?)((?:\[[^\]]*\])?(?:\s*;.*)?)$/.exec(requirement) ?? []
  if (specifier.startsWith('file://')) return { path: fileURLToPath(specifier), rest }
  const isPath = specifier === '.' || specifier === '..' || (specifier.includes('/') && !/[@:]/.test(specifier))
  return isPath ? { path: specifier, rest } : undefined
}

const findInside = async (root: string, folder: string, path: string): Promise<string> => {
  const wanted = isAbsolute(path) ? path : resolve(folder, path)
  try {
    const found = await realpath(wanted)
    const inner = relative(root, found)
    if (inner !== '..' && !inner.startsWith(`..${sep}`)) return found
  } catch (error) {
    if (!isErrno(error, 'ENOENT') && !isErrno(error, 'ENOTDIR')) throw error
    throw refused(`The project has no file '${relative(root, wanted)}', which its requirements name. Add it.`)
  }
  throw refused(`'${path}' lies outside the project, and requirements may only name files inside. Move it into it.`)
}

const readLines = async (file: string): Promise<string[]> => toLines(await readFile(join(file), 'utf8'))

const refused = (reason: string): ExecutionFailure => new ExecutionFailure('rejected', 'environment', reason)
