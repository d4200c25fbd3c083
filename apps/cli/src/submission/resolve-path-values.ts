import { existsSync } from 'node:fs'
import { isAbsolute, join, resolve } from 'node:path'
import {
  DomainError,
  type EntryPointParameter,
  planSubmission,
  resolveEntryPoint,
  type SubmitWorkflowRunRequest,
} from '@tidemill/core'

/**
 * Makes relative values of parameters of type `path` absolute when such a file exists in the caller's directory, where
 * MLflow looks for them (spec/mlproject.md §5.2); every other value stays. Only for projects on this disk: of others
 * nobody knows the types before the server has fetched them. What is wrong with the project is the server's to say.
 */
export const resolvePathValues = async (
  request: SubmitWorkflowRunRequest,
  workingDirectory: string,
): Promise<SubmitWorkflowRunRequest> => {
  const found = Object.entries(request.parameters ?? {}).flatMap(([name, value]): [string, string][] => {
    const path = findFile(value, workingDirectory)
    return path === undefined ? [] : [[name, path]]
  })
  // The parser of projects is loaded only for a value that can be meant.
  if (found.length === 0) return request
  const declared = await readDeclaredParameters(request)
  const isPath = (name: string): boolean =>
    declared.some((parameter) => parameter.name === name && parameter.type === 'path')
  return {
    ...request,
    parameters: { ...request.parameters, ...Object.fromEntries(found.filter(([name]) => isPath(name))) },
  }
}

/** The absolute path of what the value names here, written so that decoding its percent signs gives it back. */
const findFile = (value: string | number | boolean, workingDirectory: string): string | undefined => {
  if (
    typeof value !== 'string' ||
    value === '' ||
    value.includes('\0') ||
    isAbsolute(value) ||
    /^[A-Za-z][A-Za-z0-9+.-]*:/.test(value)
  )
    return undefined
  const path = resolve(workingDirectory, decodePercents(value))
  return existsSync(path) ? path.replaceAll('%', '%25') : undefined
}

const decodePercents = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    // A lone percent sign is part of the name.
    return text
  }
}

const readDeclaredParameters = async (request: SubmitWorkflowRunRequest): Promise<readonly EntryPointParameter[]> => {
  const { folderProjectFiles, parseProjectUri, readProject } = await import('@tidemill/projects')
  try {
    const uri = parseProjectUri(request.project.uri)
    if (uri.kind === 'git') return []
    const { spec } = await readProject(folderProjectFiles(join(uri.path, uri.subdirectory)))
    const { target } = planSubmission(
      {
        parameters: Object.fromEntries(
          Object.entries(request.parameters ?? {}).map(([name, value]) => [name, String(value)]),
        ),
        ...(request.entry_point === undefined ? {} : { entryPoint: request.entry_point }),
        ...(request.workflow === undefined ? {} : { workflow: request.workflow }),
      },
      spec,
    )
    return target.kind === 'workflow'
      ? target.workflow.parameters
      : resolveEntryPoint(spec, target.entryPoint).parameters
  } catch (error) {
    if (error instanceof DomainError || isFileError(error)) return []
    throw error
  }
}

const isFileError = (error: unknown): boolean => error instanceof Error && 'syscall' in error
