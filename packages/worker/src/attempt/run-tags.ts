import type { ClaimedAttempt, Tag } from '@tidemill/core'

/** The tags that an attempt's MLflow run begins with (spec/mlproject.md §8.2). */
export const toRunTags = ({ source, userId, entryPoint }: ClaimedAttempt): Tag[] => {
  const tags: readonly (readonly [key: string, value: string | undefined])[] = [
    ['mlflow.user', userId === '' ? undefined : userId],
    ['mlflow.source.name', source.sourceName],
    ['mlflow.source.type', 'PROJECT'],
    ['mlflow.project.entryPoint', entryPoint],
    ['mlflow.project.backend', 'tidemill'],
    ['mlflow.source.git.commit', source.commit],
    ['mlflow.source.git.repoURL', source.repositoryUrl],
    ['mlflow.source.git.branch', source.branch],
  ]
  return tags.flatMap(([key, value]) => (value === undefined ? [] : [{ key, value }]))
}
