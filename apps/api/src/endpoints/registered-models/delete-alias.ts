import { AliasReference, Empty, validateAlias, validateModelName } from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'

/** An alias that is not there is no error. */
export const deleteAlias = endpoint({
  id: 'G11',
  method: 'DELETE',
  path: '/registered-models/alias',
  access: { model: 'MANAGE' },
  request: AliasReference,
  response: Empty,
  handle: async ({ name, alias }, { registry }) => {
    validateModelName(name)
    validateAlias(alias)
    await registry.deleteAlias(name, alias)
    return {}
  },
})
