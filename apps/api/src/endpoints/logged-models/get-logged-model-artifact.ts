import { joinArtifactPath, LoggedModelReference, parseArtifactPath, parseRequest } from '@tidemill/core'
import { RequestError } from '../../errors.ts'
import { rawEndpoint } from '../../http/endpoint.ts'
import { fileBelowRoot, queryParameter } from '../../http/proxied-path.ts'
import { sendArtifact } from '../../http/send-artifact.ts'

/** One file of a logged model, for browsers. */
export const getLoggedModelArtifact = rawEndpoint({
  id: 'N10',
  method: 'GET',
  path: '/logged-models/:model_id/artifacts/files',
  access: { experiment: 'READ' },
  handle: async (request, reply, { loggedModels, repository }) => {
    const wanted = queryParameter(request, 'artifact_file_path')
    if (wanted === undefined || wanted === '') {
      throw new RequestError(400, 'BAD_REQUEST', 'Request must include the "artifact_file_path" query parameter.')
    }
    const path = fileBelowRoot(parseArtifactPath(wanted))
    const { model_id: modelId } = parseRequest(LoggedModelReference, request.params)
    const { artifactUri } = await loggedModels.getLoggedModel(modelId)
    const root = repository.resolve(artifactUri)
    return sendArtifact(request, reply, root.store, joinArtifactPath(root.path, path))
  },
})
