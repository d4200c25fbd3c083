import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EXIT_CODE_TABLE } from '../src/exit-codes.ts'
import { SETTINGS } from '../src/settings.ts'
import { VERSION } from '../src/version.ts'
import { createWorld, type World } from './world.ts'

describe('tidemill', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld()
  })
  afterAll(() => world[Symbol.asyncDispose]())

  test('--help names every command and the exit codes', async () => {
    const { code, stdout, stderr } = await world.tidemill(['--help'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    for (const command of [
      'up',
      'server\\|ui',
      'worker',
      'gc',
      'db',
      'run',
      'submit',
      'workflows',
      'logs',
      'cancel',
      'retry',
      'doctor',
    ]) {
      expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'))
    }
    for (const [exitCode, meaning] of EXIT_CODE_TABLE) expect(stdout).toContain(`${exitCode}`.padEnd(5) + meaning)
  })

  test('--version prints the version alone', async () => {
    expect(await world.tidemill(['--version'])).toEqual({ code: 0, stdout: `${VERSION}\n`, stderr: '' })
  })

  test.each<[string[], RegExp]>([
    [[], /Usage: tidemill/],
    [['fly'], /unknown command 'fly'/],
    [['run'], /missing required argument 'URI'/],
    [['run', '.', '--fast'], /unknown option '--fast'/],
    [['run', '.', '-P', 'alpha'], /Invalid format for -P parameter: 'alpha'. Use -P name=value./],
    [['run', '.', '-P', 'a=1', '-P', 'a=2'], /Repeated parameter: 'a'/],
    [['run', '.', '--env-manager', 'poetry'], /Allowed choices are local, virtualenv, uv, conda/],
    [['run', '.', '-A', 'gpus=all'], /--docker-args \(-A\) is not supported by this version/],
    [['run', '.', '-c', 'cluster.json'], /--backend-config \(-c\) is not supported by this version/],
    [['submit', '.', '-b', 'kubernetes'], /Backend 'kubernetes' is not supported/],
    [['up', '--data-dir', '/etc/passwd'], /'\/etc\/passwd' cannot be used: there is a file in its place/],
    [['up', '--data-dir', '/etc/passwd/x'], /cannot be used: there is a file on the way to it/],
    [['run', '.', '--wait', '--detach'], /Specify only one of 'wait' or 'detach' options./],
    [['up', '--port', 'http'], /--port is 'http'. Give a whole number from 0 to 65535./],
    [['worker'], /A worker needs the Postgres of its servers/],
    [['workflows', 'ls', '--state', 'BUSY'], /--state has 'BUSY'. Choose among QUEUED/],
    [['workflows', 'ls', '--tracking-uri', 'sqlite:///x'], /--tracking-uri is 'sqlite:\/\/\/x'. Give the http/],
  ])('%j is a usage error: exit code 2 and what to do', async (args, message) => {
    const { code, stdout, stderr } = await world.tidemill(args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(message)
  })

  test.each([
    [['workflows', 'ls', '--tracking-uri', 'http://127.0.0.1:9']],
    [['submit', '.', '--tracking-uri', 'http://127.0.0.1:9']],
    [['run', '.', '--tracking-uri', 'http://127.0.0.1:9']],
    [['run', '.', '--detach']],
  ])('%j finds no server: exit code 4 and what to start', async (args) => {
    const { code, stderr } = await world.tidemill(args)
    expect(code).toBe(4)
    expect(stderr).toContain('tidemill up')
  })
})

test('docs/cli.md has every setting, variable and exit code', async () => {
  const page = await readFile(join(import.meta.dirname, '../../../docs/cli.md'), 'utf8')
  const names = Object.values(SETTINGS).flatMap(({ flags, variables }) => [
    /--[\w-]+/.exec(flags)?.[0] ?? flags,
    ...variables,
  ])
  expect(names.filter((name) => !page.includes(`\`${name}`))).toEqual([])
  const rows = page.replaceAll(/ +/g, ' ')
  for (const [code, meaning] of EXIT_CODE_TABLE) expect(rows).toContain(`| ${code} | ${meaning} |`)
})
