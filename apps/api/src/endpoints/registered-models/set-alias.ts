import { Empty, parseModelVersion, SetAliasRequest, validateModelName, validateNewAlias } from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'

/** Moves the alias when another version has it. */
export const setAlias = endpoint({
  id: 'G10',
  method: 'POST',
  path: '/registered-models/alias',
  access: { model: 'EDIT' },
  request: SetAliasRequest,
  response: Empty,
  handle: async ({ name, alias, version }, { registry }) => {
    validateModelName(name)
    validateNewAlias(alias)
    await registry.setAlias(name, alias, parseModelVersion(version))
    return {}
  },
})
