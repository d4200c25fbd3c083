import {
  InvalidParameterValueError,
  joinArtifactPath,
  parseArtifactPath,
  parseModelVersion,
  validateModelName,
} from '@tidemill/core'
import { rawEndpoint } from '../../http/endpoint.ts'
import { fileBelowRoot, queryParameter } from '../../http/proxied-path.ts'
import { sendArtifact } from '../../http/send-artifact.ts'

/** One file of a model version, for browsers. A version whose files are elsewhere has none here. */
export const getModelVersionArtifact = rawEndpoint({
  id: 'N4',
  method: 'GET',
  path: '/model-versions/get-artifact',
  access: { model: 'READ' },
  handle: async (request, reply, { registry, locator }) => {
    const path = fileBelowRoot(parseArtifactPath(queryParameter(request, 'path') ?? ''))
    const name = requireParameter(queryParameter(request, 'name'), 'name')
    const version = requireParameter(queryParameter(request, 'version'), 'version')
    validateModelName(name)
    const root = await locator.locate(await registry.getDownloadUri(name, parseModelVersion(version)))
    return sendArtifact(request, reply, root.store, joinArtifactPath(root.path, path))
  },
})

const requireParameter = (value: string | undefined, name: string): string => {
  if (value === undefined || value === '') throw new InvalidParameterValueError(`Request must specify ${name}.`)
  return value
}
