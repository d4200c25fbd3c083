import {
  artifactBasename,
  ListProxiedArtifactsRequest,
  ListProxiedArtifactsResponse,
  parseArtifactPath,
  toFileInfoWire,
} from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'

/** Clients join the names to the folder that they asked for, so only basenames go out. */
export const listProxiedArtifacts = endpoint({
  id: 'A2',
  method: 'GET',
  path: '/artifacts',
  access: { artifact: 'READ' },
  request: ListProxiedArtifactsRequest,
  response: ListProxiedArtifactsResponse,
  handle: async ({ path }, { artifacts }) => {
    const files = await artifacts.list(parseArtifactPath(path))
    return { files: files.map((file) => toFileInfoWire(file, artifactBasename(file.path))) }
  },
})
