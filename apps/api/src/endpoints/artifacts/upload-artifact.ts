import { Readable } from 'node:stream'
import { InvalidParameterValueError, joinArtifactPath, parseArtifactPath, validateRunId } from '@tidemill/core'
import { rawEndpoint } from '../../http/endpoint.ts'
import { fileBelowRoot, queryParameter, requireParameter } from '../../http/proxied-path.ts'
import { announcedLength, readBody } from '../../http/read-body.ts'

const MAX_BYTES = 10 * 1024 * 1024

/** A small file of a run, from the browser. Errors have MLflow's texts. */
export const uploadArtifact = rawEndpoint({
  id: 'N5',
  method: 'POST',
  path: '/upload-artifact',
  access: { run: 'EDIT' },
  handle: async (request, _reply, { tracking, repository }) => {
    const runId = requireParameter(queryParameter(request, 'run_uuid'), 'run_uuid')
    const path = fileBelowRoot(parseArtifactPath(requireParameter(queryParameter(request, 'path'), 'path')))
    validateRunId(runId)
    request.logFields = { runId }
    if ((announcedLength(request) ?? 0) > MAX_BYTES) {
      throw new InvalidParameterValueError('Artifact size is too large. Max size is 10MB.')
    }
    const data = await readBody(request, MAX_BYTES)
    if (data.byteLength === 0) throw new InvalidParameterValueError('Request must specify data.')
    const { info } = await tracking.getRun(runId)
    if (info.lifecycleStage === 'deleted') {
      throw new InvalidParameterValueError(`The run ${runId} must be in the 'active' state. Current state is deleted.`)
    }
    const root = repository.resolve(info.artifactUri)
    await root.store.write(joinArtifactPath(root.path, path), Readable.from([data]), data.byteLength)
    return {}
  },
})
