import {
  ARTIFACT_ROOT,
  joinArtifactPath,
  ListRunArtifactsRequest,
  ListRunArtifactsResponse,
  parseArtifactPath,
  toFileInfoWire,
  validateRunId,
} from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'

export const listRunArtifacts = endpoint({
  id: 'A1',
  method: 'GET',
  path: '/artifacts/list',
  access: { run: 'READ' },
  request: ListRunArtifactsRequest,
  response: ListRunArtifactsResponse,
  handle: async ({ run_id: runId, path }, { tracking, repository }) => {
    const wanted = parseArtifactPath(path)
    validateRunId(runId)
    const { artifactUri } = (await tracking.getRun(runId)).info
    const root = repository.resolve(artifactUri)
    const files = await root.store.list(joinArtifactPath(root.path, wanted))
    const skipped = root.path === ARTIFACT_ROOT ? 0 : root.path.length + 1
    return { root_uri: artifactUri, files: files.map((file) => toFileInfoWire(file, file.path.slice(skipped))) }
  },
})
