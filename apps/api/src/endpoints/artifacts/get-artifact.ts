import { joinArtifactPath, parseArtifactPath, validateRunId } from '@tidemill/core'
import { rawEndpoint } from '../../http/endpoint.ts'
import { fileBelowRoot, queryParameter, requireParameter } from '../../http/proxied-path.ts'
import { sendArtifact } from '../../http/send-artifact.ts'

/** One file of a run, for browsers. */
export const getArtifact = rawEndpoint({
  id: 'N3',
  method: 'GET',
  path: '/get-artifact',
  access: { run: 'READ' },
  isHeadable: true,
  handle: async (request, reply, { tracking, repository }) => {
    const path = fileBelowRoot(parseArtifactPath(queryParameter(request, 'path') ?? ''))
    const runId = requireParameter(queryParameter(request, 'run_id') || queryParameter(request, 'run_uuid'), 'run_id')
    validateRunId(runId)
    request.logFields = { runId }
    const root = repository.resolve((await tracking.getRun(runId)).info.artifactUri)
    return sendArtifact(request, reply, root.store, joinArtifactPath(root.path, path))
  },
})
