import { CliError } from '../errors.ts'

/** `-P k=v` options to parameters, split at the first `=`. Throws CliError with the texts of `mlflow run`. */
export const parseParameters = (given: readonly string[]): Readonly<Record<string, string>> => {
  const parameters = new Map<string, string>()
  for (const text of given) {
    const equals = text.indexOf('=')
    if (equals < 1) throw new CliError(`Invalid format for -P parameter: '${text}'. Use -P name=value.`)
    const name = text.slice(0, equals)
    if (parameters.has(name)) throw new CliError(`Repeated parameter: '${name}'`)
    parameters.set(name, text.slice(equals + 1))
  }
  return Object.fromEntries(parameters)
}
