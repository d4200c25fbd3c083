import { execFile } from 'node:child_process'
import { access, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bundle } from '../scripts/bundle.ts'
import { createWorld, type World } from './world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world[Symbol.asyncDispose]())

test('the bundle runs a project away from the sources, with the embedded store that it brings along', async () => {
  const dist = join(world.directory, 'dist')
  await mkdir(dist)
  await bundle(dist)
  const project = await world.project('speak', { MLproject: 'entry_points: {main: {command: "echo from the bundle"}}' })
  const main = join(dist, 'bundle/main.js')
  const { stdout } = await promisify(execFile)(process.execPath, [main, 'run', project, '--env-manager', 'local'], {
    env: { ...process.env, ...world.environment },
    cwd: '/',
  })
  expect(stdout).toBe('from the bundle\n')
  await access(join(world.directory, 'data/pg/PG_VERSION'))
})
