import { homedir } from 'node:os'
import { join } from 'node:path'
import { SETTINGS } from './settings.ts'

/** What the command line knows of the environment of its process. Nothing else reads `process.env`. */
export interface Environment {
  /** The variables of `SETTINGS` that are set and not empty. */
  readonly variables: ReadonlyMap<string, string>
  /** `$XDG_DATA_HOME/tidemill`, or the same below the home directory. */
  readonly defaultDataDirectory: string
  /** Those by which users of MLflow and AWS say where S3 is and who they are. */
  readonly artifactVariables: Readonly<Record<string, string>>
}

const ARTIFACT_VARIABLE = /^(AWS_|MLFLOW_S3_|MLFLOW_BOTO_)/

const SETTING_VARIABLES: readonly string[] = Object.values(SETTINGS).flatMap(({ variables }) => [...variables])

export const readEnvironment = (env: Readonly<Record<string, string | undefined>>): Environment => {
  const set = SETTING_VARIABLES.flatMap((name): [string, string][] => {
    const value = env[name]
    return value === undefined || value === '' ? [] : [[name, value]]
  })
  const { XDG_DATA_HOME: dataHome } = env
  return {
    variables: new Map(set),
    artifactVariables: Object.fromEntries(
      Object.entries(env).flatMap(([name, value]) =>
        value === undefined || !ARTIFACT_VARIABLE.test(name) ? [] : [[name, value]],
      ),
    ),
    defaultDataDirectory: join(
      dataHome === undefined || dataHome === '' ? join(homedir(), '.local', 'share') : dataHome,
      'tidemill',
    ),
  }
}
