import { DownloadUriResponse, ModelVersionReference, parseModelVersion, validateModelName } from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'

export const getDownloadUri = endpoint({
  id: 'V7',
  method: 'GET',
  path: '/model-versions/get-download-uri',
  access: { model: 'READ' },
  request: ModelVersionReference,
  response: DownloadUriResponse,
  handle: async ({ name, version }, { registry }) => {
    validateModelName(name)
    return { artifact_uri: await registry.getDownloadUri(name, parseModelVersion(version)) }
  },
})
