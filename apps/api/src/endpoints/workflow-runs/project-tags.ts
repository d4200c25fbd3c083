import type { ProjectSource, SubmissionPlan, Tag } from '@tidemill/core'

/** The tags that MLflow gives a project run when it is made (spec/mlproject.md §8.2). */
export const toProjectTags = (
  source: ProjectSource,
  plan: Pick<SubmissionPlan, 'target' | 'name'>,
  userId: string,
): Tag[] =>
  Object.entries({
    'mlflow.user': userId === '' ? undefined : userId,
    'mlflow.source.name': source.sourceName,
    'mlflow.source.type': 'PROJECT',
    'mlflow.project.backend': 'tidemill',
    'mlflow.project.entryPoint': plan.target.kind === 'entry_point' ? plan.name : undefined,
    'tidemill.workflow': plan.target.kind === 'workflow' ? plan.name : undefined,
    'mlflow.source.git.commit': source.commit,
    'mlflow.source.git.repoURL': source.repositoryUrl,
    'mlflow.source.git.branch': source.branch,
  }).flatMap(([key, value]) => (value === undefined ? [] : [{ key, value }]))
