import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { readAuthSettings } from './read-auth-config.ts'

const write = async (text: string): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), 'tidemill-auth-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  await writeFile(join(directory, 'auth.ini'), text)
  return join(directory, 'auth.ini')
}

describe('readAuthSettings', () => {
  test('without a file gives READ and no password', async () => {
    expect(await readAuthSettings({})).toEqual({ defaultPermission: 'READ', adminUsername: 'admin' })
  })

  test("reads MLflow's file, and a variable wins over it", async () => {
    const configPath = await write(`[mlflow]
default_permission = NO_PERMISSIONS
database_uri = sqlite:///basic_auth.db
admin_username = boss
admin_password = from the file itself
authorization_function = mlflow.server.auth:authenticate_request_basic_auth
`)
    expect(await readAuthSettings({ configPath })).toEqual({
      defaultPermission: 'NO_PERMISSIONS',
      adminUsername: 'boss',
      adminPassword: 'from the file itself',
    })
    expect(await readAuthSettings({ configPath, adminPassword: 'from a variable' })).toMatchObject({
      adminUsername: 'boss',
      adminPassword: 'from a variable',
    })
  })

  test.each([
    ['', 'has no section [mlflow]'],
    ['[other]\na = b\n', 'has no section [mlflow]'],
    ['[mlflow]\ndefault_permission = WRITE\n', "Invalid permission 'WRITE'"],
    ['[mlflow]\nauthorization_function = mine:login\n', "'mine:login', which is Python"],
  ])('refuses the file %j', async (text, message) => {
    await expect(readAuthSettings({ configPath: await write(text) })).rejects.toThrow(message)
  })

  test('names a file that is not there', async () => {
    await expect(readAuthSettings({ configPath: '/no/such.ini' })).rejects.toThrow(
      "'/no/such.ini', which cannot be read",
    )
  })
})
