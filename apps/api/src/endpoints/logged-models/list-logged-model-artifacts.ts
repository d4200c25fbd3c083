import {
  ARTIFACT_ROOT,
  joinArtifactPath,
  ListLoggedModelArtifactsRequest,
  ListLoggedModelArtifactsResponse,
  parseArtifactPath,
  toFileInfoWire,
} from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'

export const listLoggedModelArtifacts = endpoint({
  id: 'L9',
  method: 'GET',
  path: '/logged-models/:model_id/artifacts/directories',
  access: { experiment: 'READ' },
  request: ListLoggedModelArtifactsRequest,
  response: ListLoggedModelArtifactsResponse,
  handle: async ({ model_id: modelId, artifact_directory_path: path }, { loggedModels, repository }) => {
    const wanted = parseArtifactPath(path)
    const { artifactUri } = await loggedModels.getLoggedModel(modelId)
    const root = repository.resolve(artifactUri)
    const files = await root.store.list(joinArtifactPath(root.path, wanted))
    const skipped = root.path === ARTIFACT_ROOT ? 0 : root.path.length + 1
    return { root_uri: artifactUri, files: files.map((file) => toFileInfoWire(file, file.path.slice(skipped))) }
  },
})
