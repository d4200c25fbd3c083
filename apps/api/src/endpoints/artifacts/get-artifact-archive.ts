import { artifactBasename, joinArtifactPath, parseArtifactPath, validateRunId } from '@tidemill/core'
import { rawEndpoint } from '../../http/endpoint.ts'
import { queryParameter, requireParameter } from '../../http/proxied-path.ts'
import { sendArchive } from '../../http/send-archive.ts'

/** All files of a run, or those of one folder, as a zip file. */
export const getArtifactArchive = rawEndpoint({
  id: 'TM22',
  method: 'GET',
  path: '/get-artifact-archive',
  access: { run: 'READ' },
  handle: async (request, reply, { tracking, repository }) => {
    const folder = parseArtifactPath(queryParameter(request, 'path') ?? '')
    const runId = requireParameter(queryParameter(request, 'run_id'), 'run_id')
    validateRunId(runId)
    request.logFields = { runId }
    const root = repository.resolve((await tracking.getRun(runId)).info.artifactUri)
    return sendArchive(
      reply,
      root.store,
      joinArtifactPath(root.path, folder),
      artifactBasename(folder) || `run-${runId}`,
    )
  },
})
