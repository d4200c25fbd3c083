import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startServer } from '@tidemill/api'
import { installPackages } from '@tidemill/testkit'
import { describe, expect, test } from 'vitest'
import { PASSWORDS, useUsersServer } from './users-fixture.ts'

/** `get_app_client` is not in the skinny package. */
const mlflow = await installPackages('mlflow-users-3.17.2', ['mlflow[auth]==3.17.2'])
const server = useUsersServer()

describe.skipIf(mlflow === undefined)('the unmodified client of MLflow 3.17.2', () => {
  test('logs in, administers users and is refused what is not its own', { timeout: 120_000 }, async () => {
    await using running = await startServer(server().context)
    const { stdout } = await promisify(execFile)(
      join(mlflow ?? '', 'bin/python'),
      [join(import.meta.dirname, 'fixtures/users.py')],
      {
        env: {
          PATH: process.env['PATH'],
          HOME: server().directory,
          MLFLOW_TRACKING_URI: running.url,
          MLFLOW_TRACKING_USERNAME: 'alice',
          MLFLOW_TRACKING_PASSWORD: PASSWORDS.alice,
          BOBS_PASSWORD: PASSWORDS.bob,
          ROOTS_PASSWORD: PASSWORDS.root,
          MLFLOW_HTTP_REQUEST_MAX_RETRIES: '0',
        },
      },
    )
    expect(JSON.parse(stdout)).toEqual({
      created: 'erin',
      admin: true,
      own: { allowed: true, permission: 'MANAGE' },
      granted: { allowed: false, permission: 'NO_PERMISSIONS' },
      bobReads: 'PERMISSION_DENIED',
      bobFinds: [],
      nobody: 'UNAUTHENTICATED',
      artifact: 'hello',
      deleted: 'RESOURCE_DOES_NOT_EXIST',
    })
  })
})
