import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTrackingStore, openDatabase } from '@tidemill/store-postgres'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createWorld, type World } from './world.ts'

describe('maintenance', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld()
  })
  afterAll(() => world[Symbol.asyncDispose]())

  const storeOf = (name: string): string => join(world.directory, name, 'pg')

  /** A store with one deleted run that has a file, and one active run that has one. */
  const seed = async (name: string) => {
    await using database = await openDatabase({ backendStoreUri: storeOf(name) })
    const tracking = await createTrackingStore(database, { defaultArtifactRoot: 'mlflow-artifacts:/' })
    const artifacts = join(world.directory, name, 'artifacts')
    const aRun = async (): Promise<{ runId: string; file: string }> => {
      const { info } = await tracking.createRun({ experimentId: '0' })
      const file = join(artifacts, '0', info.runId, 'artifacts', 'model.bin')
      await mkdir(join(file, '..'), { recursive: true })
      await writeFile(file, 'x')
      return { runId: info.runId, file }
    }
    const [deleted, active] = [await aRun(), await aRun()]
    await tracking.deleteRun(deleted.runId)
    if (Symbol.asyncDispose in tracking) expect(tracking).toBeDefined()
    return { deleted, active, options: ['--backend-store-uri', storeOf(name), '--artifacts-destination', artifacts] }
  }

  test('gc removes the files and the rows of what was deleted, and nothing else', async () => {
    const { deleted, active, options } = await seed('gc')
    const { code, stdout, stderr } = await world.tidemill(['gc', ...options])
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: `Run with ID ${deleted.runId} has been permanently deleted.\n`,
      stderr: '',
    })
    expect([existsSync(join(deleted.file, '../..')), existsSync(active.file)]).toEqual([false, true])
    const again = await world.tidemill(['gc', ...options])
    expect([again.code, again.stdout]).toEqual([0, ''])
  })

  test('gc keeps what is younger than asked, and refuses ids that cannot go', async () => {
    const { deleted, active, options } = await seed('young')
    const young = await world.tidemill(['gc', ...options, '--older-than', '1d12h'])
    expect([young.code, young.stdout, existsSync(deleted.file)]).toEqual([0, '', true])
    for (const [args, message] of [
      [['--run-ids', deleted.runId, '--older-than', '1d'], /not older than the required age/],
      [['--run-ids', active.runId], /is not in `deleted` lifecycle stage/],
      [['--experiment-ids', '77'], /Experiment with ID 77 does not exist/],
      [['--run-ids', ' , '], /--run-ids names nothing/],
      [['--older-than', 'soon'], /Could not parse any time information from 'soon'/],
    ] as const) {
      const { code, stdout, stderr } = await world.tidemill(['gc', ...options, ...args])
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
      expect(stderr).toMatch(message)
    }
    expect(existsSync(deleted.file)).toBe(true)
  })

  test('gc leaves files that it cannot reach with a warning', async () => {
    const { deleted, options } = await seed('elsewhere')
    await using database = await openDatabase({ backendStoreUri: storeOf('elsewhere') })
    await database.db
      .updateTable('run')
      .set({ artifact_uri: 'ftp://host/x' })
      .where('run_id', '=', deleted.runId)
      .execute()
    await database[Symbol.asyncDispose]()
    const { code, stderr } = await world.tidemill(['gc', ...options])
    expect(code).toBe(0)
    expect(stderr).toContain(
      `The artifacts at 'ftp://host/x' of ${deleted.runId} cannot be reached from here and stay.`,
    )
    expect(existsSync(deleted.file)).toBe(true)
  })

  test('gc of a store that a server has open names the server', async () => {
    const server = await world.start(['server', '--port', '0', '--backend-store-uri', storeOf('open')])
    const { code, stderr } = await world.tidemill(['gc', '--backend-store-uri', storeOf('open')])
    await server.stop()
    expect(code).toBe(2)
    expect(stderr).toContain(`is in use by process ${server.pid} at ${server.url}`)
  })

  test('db status says what is pending with exit code 1, and upgrade applies it once', async () => {
    const uri = storeOf('schema')
    const before = await world.tidemill(['db', 'status', uri])
    expect(before.code).toBe(1)
    expect(before.stdout).toMatch(/^0001-tracking +pending$/m)
    expect(existsSync(uri)).toBe(false)
    const dry = await world.tidemill(['db', 'upgrade', uri, '--dry-run'])
    expect(dry.stdout).toMatch(/^-- 0001-tracking\ncreate table experiment \($/m)
    expect([dry.code, existsSync(uri)]).toEqual([0, false])
    const upgraded = await world.tidemill(['db', 'upgrade', uri])
    expect([upgraded.code, upgraded.stdout]).toEqual([0, expect.stringMatching(/^applied 0001-tracking$/m)])
    const again = await world.tidemill(['db', 'upgrade', '--backend-store-uri', uri])
    expect([again.code, again.stdout]).toEqual([0, 'The schema is up to date.\n'])
    const after = await world.tidemill(['db', 'status', uri, '--json'])
    const { migrations }: { migrations: { name: string; applied_at?: number }[] } = JSON.parse(after.stdout)
    expect(after.code).toBe(0)
    expect(migrations.filter(({ applied_at: at }) => at === undefined)).toEqual([])
  })
})
