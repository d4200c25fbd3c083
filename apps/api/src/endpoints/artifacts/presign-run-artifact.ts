import {
  InvalidParameterValueError,
  joinArtifactPath,
  NotImplementedError,
  parseArtifactPath,
  PresignRunArtifactRequest,
  PresignRunArtifactResponse,
  validateRunId,
} from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'
import { fileBelowRoot } from '../../http/proxied-path.ts'
import { PRESIGNED_SECONDS } from './presigned-seconds.ts'

/** A URL of the store for one file of a run whose artifacts do not go through the proxy. Errors have MLflow's texts. */
export const presignRunArtifact = endpoint({
  id: 'D-presigned',
  method: 'POST',
  path: '/artifacts/presigned-download-url',
  access: { run: 'READ' },
  request: PresignRunArtifactRequest,
  response: PresignRunArtifactResponse,
  handle: async ({ run_id: runId, path: text, expiration }, { tracking, repository, config }) => {
    const path = fileBelowRoot(parseArtifactPath(text))
    validateRunId(runId)
    const { artifactUri } = (await tracking.getRun(runId)).info
    const proxied = /^(https?|mlflow-artifacts):/i.exec(artifactUri)?.[1]
    if (proxied !== undefined) {
      throw new InvalidParameterValueError(
        `Presigned download is not supported for runs with proxied artifact storage (artifact URI scheme: ${proxied}). This endpoint requires a run with a direct cloud storage artifact URI.`,
      )
    }
    const root = repository.resolve(artifactUri)
    if (root.store.presigner === undefined || config.presignedDownloads !== true) {
      throw new NotImplementedError('Presigned download is not supported for the current artifact repository')
    }
    const { url, fileSize } = await root.store.presigner.presign(
      joinArtifactPath(root.path, path),
      expiration ?? PRESIGNED_SECONDS,
    )
    return { presigned_url: url, headers: {}, file_size: fileSize }
  },
})
