import { InvalidProjectError, ResourceConflictError, TemporarilyUnavailableError } from '@tidemill/core'
import { ApiError, ServerUnreachableError } from '@tidemill/sdk'
import { describe, expect, test } from 'vitest'
import { CliError, describeError } from './errors.ts'

describe('describeError', () => {
  test.each<[string, unknown, number]>([
    ['a wrong argument', new CliError('no'), 2],
    ['a refused project', new ApiError({ status: 400, code: 'INVALID_PARAMETER_VALUE', message: 'no' }), 2],
    ['an unknown id', new ApiError({ status: 404, code: 'RESOURCE_DOES_NOT_EXIST', message: 'no' }), 2],
    ['a broken server', new ApiError({ status: 500, code: 'INTERNAL_ERROR', message: 'no' }), 1],
    ['a server that is away', new ServerUnreachableError('http://x', 'no'), 4],
    ['a project with findings', new InvalidProjectError('bad', []), 2],
    ['a data directory in use', new ResourceConflictError('in use'), 2],
    ['a database that is away', new TemporarilyUnavailableError('away'), 1],
    ['a defect', new TypeError('undefined is not a function'), 1],
  ])('%s ends with its code', async (_case, error, exitCode) => {
    expect((await describeError(error)).exitCode).toBe(exitCode)
  })
})
