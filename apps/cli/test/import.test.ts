import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, symlink, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createPostgresDatabase, waitFor } from '@tidemill/testkit'
import { createImportTarget, openDatabase } from '@tidemill/store-postgres'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { createWorld, type World } from './world.ts'

const EXPERIMENT = '284861785092030507'
const runIdOf = (index: number): string => `f${index.toString(16).padStart(31, '0')}`

const experimentMeta = (id: string, name: string): string =>
  `artifact_location: /elsewhere/mlruns/${id}\ncreation_time: 5\nexperiment_id: '${id}'\nlast_update_time: 6\nlifecycle_stage: active\nname: ${name}\n`

const runMeta = (id: string, experimentId: string): string =>
  `artifact_uri: /elsewhere/mlruns/${experimentId}/${id}/artifacts\nend_time: 20\nexperiment_id: '${experimentId}'\nlifecycle_stage: active\nrun_id: ${id}\nrun_name: run ${id.slice(-1)}\nstart_time: 10\nstatus: 3\nuser_id: me\n`

/** An `mlruns` folder of one experiment with runs of some points each. */
const aFileStore = (name: string, runs: number, points = 3): Record<string, string> =>
  Object.fromEntries([
    [`${EXPERIMENT}/meta.yaml`, experimentMeta(EXPERIMENT, name)],
    [`${EXPERIMENT}/tags/team`, 'a\nb'],
    ...Array.from({ length: runs }, (_, index): [string, string][] => {
      const path = `${EXPERIMENT}/${runIdOf(index)}`
      return [
        [`${path}/meta.yaml`, runMeta(runIdOf(index), EXPERIMENT)],
        [`${path}/params/folder/lines`, 'a\nb\n'],
        [`${path}/tags/note`, 'x'],
        [`${path}/metrics/loss`, Array.from({ length: points }, (_, step) => `${step} ${step / 2} ${step}\n`).join('')],
        [`${path}/artifacts/notes/hello.txt`, `hello ${index}`],
      ]
    }).flat(),
  ])

describe('import', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld()
  })
  afterAll(() => world[Symbol.asyncDispose]())

  const importFrom = (source: string, data: string, ...options: string[]) =>
    world.tidemill(['import', source, '--data-dir', join(world.directory, data), ...options])
  const withTarget = async <T>(data: string, read: (target: ReturnType<typeof createImportTarget>) => Promise<T>) => {
    await using database = await openDatabase({ backendStoreUri: join(world.directory, data, 'pg') })
    return await read(createImportTarget(database))
  }

  test('takes over a file store with its ids, also when it was moved, and says that all is there', async () => {
    const source = await world.project('moved', aFileStore('moved', 2))
    const { code, stdout } = await importFrom(source, 'moved-data', '--report', 'report.json')
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringContaining('Everything in the source is in the target.'),
    })
    const report: unknown = JSON.parse(await readFile(join(world.directory, 'report.json'), 'utf8'))
    expect(report).toMatchObject({
      points: 6,
      files: { copied: 2, bytes: 14 },
      findingCount: 0,
      verification: { isEqual: true, counts: { runs: { source: 2, target: 2 } }, sampled: { points: 6, files: 2 } },
    })
    await withTarget('moved-data', async (target) => {
      const stored = (await target.readRuns([runIdOf(0)])).get(runIdOf(0))
      expect(stored?.run).toMatchObject({
        experimentId: EXPERIMENT,
        runName: 'run 0',
        artifactUri: `mlflow-artifacts:/${EXPERIMENT}/${runIdOf(0)}/artifacts`,
        params: [{ key: 'folder/lines', value: 'a\nb\n' }],
      })
    })
    const copied = join(world.directory, 'moved-data', 'artifacts', EXPERIMENT, runIdOf(1), 'artifacts/notes/hello.txt')
    expect(await readFile(copied, 'utf8')).toBe('hello 1')
  })

  test('changes nothing in a dry run, and finds out with --verify-only what is missing', async () => {
    const source = await world.project('dry', aFileStore('dry', 1))
    const dry = await importFrom(source, 'dry-data', '--dry-run')
    expect([dry.code, dry.stdout]).toEqual([0, expect.stringMatching(/^runs +1 /m)])
    const verify = await importFrom(source, 'dry-data', '--verify-only')
    expect([verify.code, verify.stdout]).toEqual([1, expect.stringContaining(`experiment ${EXPERIMENT} is absent`)])
  })

  test('adds what is new in the source to what was imported before', async () => {
    const source = await world.project('grown', aFileStore('grown', 1))
    await importFrom(source, 'grown-data')
    await world.project('grown', aFileStore('grown', 2, 5))
    const { code, stdout } = await importFrom(source, 'grown-data')
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^runs +1 +1 +0 +0$/m)])
    const points = await withTarget('grown-data', (target) => target.readPoints(runIdOf(0), 'loss'))
    expect(points.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4])
  })

  test('reports what it cannot read, with file and line, and takes over the rest', async () => {
    const path = `${EXPERIMENT}/${runIdOf(1)}`
    const source = await world.project('hostile', {
      ...aFileStore('hostile', 2),
      [`${path}/metrics/loss`]: '1 0.5 0\nbroken line\n2 0.25 1\n',
      [`${EXPERIMENT}/${runIdOf(2)}/meta.yaml`]: 'run_id: [not, closed',
      [`${EXPERIMENT}/${runIdOf(3)}/meta.yaml`]: runMeta('../../escape', EXPERIMENT),
      [`${EXPERIMENT}/${runIdOf(4)}/meta.yaml`]: '',
    })
    await world.project('outside', { secret: 'do not copy' })
    await symlink(join(world.directory, 'outside'), join(source, path, 'artifacts', 'linked'))
    await symlink(join(world.directory, 'outside', 'secret'), join(source, path, 'params', 'linked'))
    await symlink(join(world.directory, 'outside'), join(source, '7'))
    await truncate(join(source, EXPERIMENT, runIdOf(4), 'meta.yaml'), 3_000_000_000)
    const { code, stdout, stderr } = await importFrom(source, 'hostile-data')
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^runs +2 /m)])
    for (const message of [
      /loss:2 'broken line' is no metric point/,
      /meta\.yaml is no valid YAML/,
      /'\.\.\/\.\.\/escape' is no run id/,
      /has 3000000000 bytes/,
      /artifacts\/linked is a symbolic link/,
      /params\/linked is a symbolic link/,
      /7 is a symbolic link/,
    ]) {
      expect(stderr).toMatch(message)
    }
    expect(stdout + stderr).not.toContain('do not copy')
  })

  test('does not copy files of this machine that are not of the source', async () => {
    const outside = await world.project('private', { 'artifacts/key': 'do not copy' })
    const run = `${EXPERIMENT}/${runIdOf(0)}`
    const source = await world.project('foreign', {
      [`${EXPERIMENT}/meta.yaml`]: experimentMeta(EXPERIMENT, 'foreign'),
      [`${run}/meta.yaml`]: runMeta(runIdOf(0), EXPERIMENT).replace(
        /artifact_uri: .*/,
        `artifact_uri: ${outside}/artifacts`,
      ),
    })
    const { stdout, stderr } = await importFrom(source, 'foreign-data')
    expect(stderr).toContain('Say where they are with --source-artifacts.')
    expect(stdout).toContain('0 files copied')
    const named = await importFrom(source, 'foreign-data', '--source-artifacts', outside)
    expect(named.stdout).toContain('1 files copied')
  })

  test.each([
    ['fail', 2, /the name 'taken' of experiment \d+ is that of experiment 5/i, 'taken'],
    ['skip', 0, /is skipped with its runs/, 'taken'],
    ['rename', 0, /^/, `taken (imported ${EXPERIMENT})`],
  ])('treats a name that is taken as --on-conflict %s says', async (rule, code, message, name) => {
    const data = `conflict-${rule}`
    const other = await world.project(`other-${rule}`, { '5/meta.yaml': experimentMeta('5', 'taken') })
    await importFrom(other, data)
    const source = await world.project(`taken-${rule}`, aFileStore('taken', 1))
    const result = await importFrom(source, data, '--on-conflict', rule)
    expect([result.code, result.stderr]).toEqual([code, expect.stringMatching(message)])
    const found = await withTarget(data, (target) => target.findExperiment(EXPERIMENT))
    expect(found?.name).toBe(rule === 'rename' ? name : undefined)
  })

  test.each([
    [['./absent'], /There is no folder/],
    [['sqlite:///absent.db'], /There is no SQLite file/],
    [['mysql://db/mlflow'], /is no source of an import/],
    [['.', '--workers', '0'], /--workers is '0'/],
    [['.', '--experiment-ids', 'x'], /which is no experiment's id/],
    [['.', '--dry-run', '--verify-only'], /exclude each other/],
    [['.', '--artifacts', 'move'], /copy, keep/],
  ])('refuses %s', async ([source = '', ...options], message) => {
    const { code, stderr } = await importFrom(source, 'refused-data', ...options)
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)])
  })

  test('reads a database of MLflow 1: without names of runs, times of experiments, inputs and logged models', async () => {
    const file = join(world.directory, 'old.db')
    const database = new DatabaseSync(file)
    database.exec(`
      create table experiments (experiment_id integer primary key, name text, artifact_location text, lifecycle_stage text);
      create table runs (run_uuid text primary key, name text, user_id text, status text, start_time bigint,
        end_time bigint, lifecycle_stage text, artifact_uri text, experiment_id integer);
      create table params (key text, value text, run_uuid text);
      create table tags (key text, value text, run_uuid text);
      create table metrics (key text, value float, timestamp bigint, run_uuid text, step bigint);
      insert into experiments values (3, 'old', 's3://bucket/3', 'active');
      insert into runs values ('${runIdOf(0)}', '', 'me', 'FINISHED', 1, 2, 'active', 's3://bucket/3/x', 3);
      insert into tags values ('mlflow.runName', 'named by tag', '${runIdOf(0)}');
      insert into metrics values ('loss', 0.5, 1, '${runIdOf(0)}', 0);
    `)
    database.close()
    const { code, stdout } = await importFrom(`sqlite:///${file}`, 'old-data')
    expect([code, stdout]).toEqual([0, expect.stringContaining('Everything in the source is in the target.')])
    const stored = await withTarget('old-data', (target) => target.readRuns([runIdOf(0)]))
    expect(stored.get(runIdOf(0))?.run).toMatchObject({ runName: 'named by tag', artifactUri: 's3://bucket/3/x' })
  })

  const { postgres } = inject('services')
  test.skipIf(!postgres.isAvailable)('goes on after it was killed in the middle', async () => {
    const runs = 400
    const source = await world.project('killed', aFileStore('killed', runs, 500))
    const { uri, drop } = await createPostgresDatabase(postgres.isAvailable ? postgres.url : '')
    try {
      const options = ['import', source, '--backend-store-uri', uri, '--artifacts', 'keep']
      const executable = join(import.meta.dirname, '../bin/tidemill')
      const child = spawn(executable, options, {
        stdio: 'ignore',
        // A group of its own: the launcher's child ends with it.
        detached: true,
        env: { ...process.env, ...world.environment, TIDEMILL_SOURCE: '1' },
      })
      const exit = once(child, 'exit')
      await using database = await openDatabase({ backendStoreUri: uri })
      const ids = Array.from({ length: runs }, (_, index) => runIdOf(index))
      const target = createImportTarget(database)
      await waitFor('some runs are there', async () => (await target.findRuns(ids)).size > 0, 60_000)
      process.kill(-(child.pid ?? 0), 'SIGKILL')
      await exit
      const kept = (await target.findRuns(ids)).size
      expect(kept).toBeLessThan(runs)
      const { code, stdout } = await world.tidemill(options)
      expect([code, stdout]).toEqual([
        0,
        expect.stringMatching(new RegExp(`^runs +${runs - kept} +0 +${kept} +0$`, 'm')),
      ])
    } finally {
      await drop()
    }
  })
})
