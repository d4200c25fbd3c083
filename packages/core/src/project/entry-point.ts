import { InvalidParameterValueError } from '../errors.ts'
import { toPythonList } from '../run/python-text.ts'
import { didYouMean } from './nearest-name.ts'
import type { EntryPoint, ProjectSpec } from './project.ts'
import { isBareWord, quoteForShell } from './shell-quote.ts'

/** What `mlflow run` starts when no entry point is named. */
export const DEFAULT_ENTRY_POINT = 'main'

/**
 * The entry point called `name`: declared, or made from a `.py`, `.sh` or `.R` file name (spec/mlproject.md §4).
 * `shell` runs `.sh` files. Throws InvalidParameterValueError with MLflow's text.
 */
export const resolveEntryPoint = (
  spec: Pick<ProjectSpec, 'entryPoints'>,
  name: string,
  shell: string = 'bash',
): EntryPoint => {
  const found = findEntryPoint(spec.entryPoints, name, shell)
  if (found !== undefined) return found
  const names = spec.entryPoints.map((entryPoint) => entryPoint.name)
  throw new InvalidParameterValueError(
    `Could not find ${name} among entry points ${toPythonList(names)} or interpret ${name} as a runnable script. ` +
      `Supported script file extensions: ['.py', '.sh']. ${whatToDo(name, names)}`,
  )
}

/** As resolveEntryPoint, undefined instead of an error. */
export const findEntryPoint = (
  entryPoints: readonly EntryPoint[],
  name: string,
  shell: string = 'bash',
): EntryPoint | undefined => entryPoints.find((entryPoint) => entryPoint.name === name) ?? toScript(name, shell)

const toScript = (name: string, shell: string): EntryPoint | undefined => {
  // A leading dash would be read as an option of the interpreter.
  if (name.startsWith('-') || name.includes('\0')) return undefined
  const basename = name.slice(name.lastIndexOf('/') + 1)
  const extension = /^\.*[^.].*\.(py|sh|R)$/s.exec(basename)?.[1]
  const file = quoteForShell(name).replaceAll(/[{}]/g, '$&$&')
  if (extension === 'py') return { name, command: `python ${file}`, parameters: [] }
  if (extension === 'sh') return { name, command: `${quoteForShell(shell)} ${file}`, parameters: [] }
  // The name of an R script stands between double quotes, where shell quoting does not protect it.
  return extension === 'R' && isBareWord(name)
    ? { name, command: `Rscript -e "mlflow::mlflow_source('${file}')" --args`, parameters: [] }
    : undefined
}

const whatToDo = (name: string, names: readonly string[]): string => {
  if (names.length === 0) {
    return 'The project declares no entry points: name a script of it with -e, for example -e train.py, or add an MLproject file with entry_points.'
  }
  const suggestion = didYouMean(name, names)
  return suggestion === undefined
    ? 'Name one of the entry points with -e, or a script with its extension.'
    : `${suggestion.charAt(0).toUpperCase()}${suggestion.slice(1)}`
}
