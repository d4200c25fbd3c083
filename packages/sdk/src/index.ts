export { type ClientOptions, createClient, type TidemillClient, type WorkflowRunSearch } from './client.ts'
export { ApiError, ServerUnreachableError, UnexpectedAnswerError } from './errors.ts'
export type { FollowLogsOptions } from './follow-logs.ts'
export type { ListRunArtifacts, MlflowReads, RunSearchRequest } from './mlflow-reads.ts'
