import { randomUUID } from 'node:crypto'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { SCRIPT } from '../src/pages/script.ts'
import { lines, startAttempt, submit, writeProject } from './project-fixture.ts'
import { ARTIFACTS, MLFLOW, TIDEMILL, useServer } from './server-fixture.ts'

const server = useServer()

const submitted = async (body: object = {}) => {
  const uri = await writeProject(server(), randomUUID())
  return (await submit(server(), { project: { uri }, ...body })).json.workflow_run
}

/** What a reader sees: without tags, entities resolved. */
const textOf = (markup: string): string =>
  markup
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
    .replaceAll(/\s+/g, ' ')

describe('the first page', () => {
  test('says how to point a client at this server', async () => {
    const headers = { host: '192.168.1.9:5000' }
    const answer = await server().request({ method: 'GET', url: '/', headers })
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8')
    const text = textOf(answer.text)
    expect(text).toContain('export MLFLOW_TRACKING_URI=http://192.168.1.9:5000 ')
    expect(text).toContain('mlflow.set_tracking_uri("http://192.168.1.9:5000")')
    expect(text).toContain('curl http://192.168.1.9:5000/api/tidemill/v1/workflow-runs')
    expect(text).toContain('Nothing has run yet.')
  })

  test('says https behind a proxy that speaks it', async () => {
    const headers = { host: '10.0.0.7', 'x-forwarded-proto': 'https' }
    const { text } = await server().request({ method: 'GET', url: '/', headers })
    expect(text).toContain('MLFLOW_TRACKING_URI=https://10.0.0.7<')
  })

  test('shows the last workflow runs with state, steps and link, and their text is only text', async () => {
    const evil = `${randomUUID()} <img src=x onerror=alert(1)>&'x`
    const uri = await writeProject(server(), evil)
    const { json } = await submit(server(), { project: { uri }, workflow: 'grid' })
    const { text } = await server().get('/')
    expect(text).toContain('QUEUED')
    expect(text).toContain('0 of 2')
    expect(text).toContain(`href="/workflow-runs/${json.workflow_run.workflow_run_id}"`)
    expect(text).not.toContain('<img src=x')
    expect(text).toContain('&#60;img src=x onerror=alert(1)&#62;&#38;&#39;x')
  })
})

describe('the tracked runs of the first page', () => {
  test('are the newest ones of all experiments, with links, and their text is only text', async () => {
    const experimentName = `<i>${randomUUID()}`
    const { experiment_id: id } = (await server().post(`${MLFLOW}/experiments/create`, { name: experimentName })).json
    const create = async (name: string, startTime: number) =>
      (await server().post(`${MLFLOW}/runs/create`, { experiment_id: id, run_name: name, start_time: startTime })).json
        .run.info.run_id
    const far = 4_000_000_000_000
    const [older, newer] = [await create('older <b>', far), await create('newer', far + 1)]
    const { text } = await server().get('/')
    expect(text.indexOf(`href="/runs/${newer}"`)).toBeGreaterThan(0)
    expect(text.indexOf(`href="/runs/${older}"`)).toBeGreaterThan(text.indexOf(`href="/runs/${newer}"`))
    expect(text).toContain(experimentName.replace('<i>', '&#60;i&#62;'))
    expect(text).not.toContain('older <b>')
  })
})

describe('the page of a workflow run', () => {
  test('shows steps, cells, attempts, their runs and logs, and refreshes itself until the end', async () => {
    const run = await submitted({ workflow: 'grid', parameters: { rows: '<b>7' } })
    const lease = await startAttempt(server(), run.workflow_run_id, `worker-${randomUUID()}`)
    const url = `/workflow-runs/${run.workflow_run_id}`
    const { text, status } = await server().get(url)
    expect(status).toBe(200)
    expect(text).toContain('id="live" data-refresh="3"')
    expect(text).toContain(`href="/attempts/${lease.attemptId}/log?follow=true"`)
    expect(text).toContain(`href="/runs/${run.run_id}"`)
    expect(text).not.toContain('<b>7')
    expect(textOf(text)).toContain('rows <b>7')
    expect(textOf(text)).toMatch(/prepare RUNNING.*EXECUTING.*train BLOCKED after prepare · 0 of 2 cells succeeded/)
    expect(textOf(text)).toMatch(/alpha=0\.1 BLOCKED alpha=0\.5 BLOCKED/)

    await server().context.engine.finishAttempt(lease, {
      kind: 'failed',
      code: 'exit_code',
      exitCode: 3,
      reason: 'It exited <i>with 3',
    })
    const ended = (await server().get(url)).text
    expect(ended).not.toContain('data-refresh')
    expect(ended).toContain(`href="/attempts/${lease.attemptId}/log"`)
    expect(ended).not.toContain('<i>with')
    expect(textOf(ended)).toMatch(/FAILED step 'prepare' failed: It exited <i>with 3/)
  })

  test('links to a log that is plain text, whole and without terminal colours', async () => {
    const run = await submitted()
    const { engine } = server().context
    const lease = await startAttempt(server(), run.workflow_run_id, `worker-${randomUUID()}`)
    await engine.appendLogs(lease, [
      ...lines(1, 1200),
      { number: 1201, stream: 'stderr', time: 1, text: '\u001b[1;31m<script>alert(1)</script>\u001b[0m' },
    ])
    const url = `/attempts/${lease.attemptId}/log`
    const whole = [...lines(1, 1200).map(({ text }) => text), '<script>alert(1)</script>', ''].join('\n')
    const { text, headers } = await server().get(url)
    expect(text).toBe(whole)
    expect(headers).toMatchObject({
      'content-type': 'text/plain; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'content-security-policy': `sandbox; default-src 'none'`,
    })
    const following = server().get(url, { follow: 'true' })
    await engine.appendLogs(lease, [{ number: 1202, stream: 'stdout', time: 2, text: 'last' }])
    await engine.finishAttempt(lease, { kind: 'succeeded', code: 'succeeded', exitCode: 0 })
    expect((await following).text).toBe(`${whole}last\n`)
  })
})

describe('the page of a run', () => {
  const createRun = async (tags: { key: string; value: string }[] = []) => {
    const { json } = await server().post(`${MLFLOW}/runs/create`, { experiment_id: '0', run_name: 'a <b>run', tags })
    return json.run.info
  }

  test('shows params, latest metrics, tags, parent and children', async () => {
    const parent = await createRun()
    const child = await createRun([
      { key: 'mlflow.parentRunId', value: parent.run_id },
      { key: 'note', value: '<u>hm' },
    ])
    await server().post(`${MLFLOW}/runs/log-batch`, {
      run_id: child.run_id,
      params: [{ key: 'alpha', value: '<s>0.5' }],
      metrics: [
        { key: 'rmse', value: 0.75, timestamp: 1, step: 1 },
        { key: 'rmse', value: 0.123456789, timestamp: 2, step: 2 },
      ],
    })
    const { text } = await server().get(`/runs/${child.run_id}`)
    expect(text).not.toMatch(/<b>run|<u>hm|<s>0/)
    expect(text).toContain(`href="/runs/${parent.run_id}"`)
    expect(textOf(text)).toMatch(/a <b>run RUNNING.*rmse 0\.123457 2 .*alpha <s>0\.5.*note <u>hm/)
    const ofParent = (await server().get(`/runs/${parent.run_id}`)).text
    expect(ofParent).toContain(`href="/runs/${child.run_id}"`)
    expect(textOf(ofParent)).toContain('alpha=<s>0.5 rmse=0.123457')
  })

  test('shows the datasets and models that it used, and the models that it made', async () => {
    const { run_id: runId } = await createRun()
    const { json } = await server().post(`${MLFLOW}/logged-models`, {
      experiment_id: '0',
      name: '<i>net',
      source_run_id: runId,
    })
    const { model_id: modelId } = json.model.info
    const dataset = { name: '<i>iris', digest: 'ab12', source_type: 'local', source: '{}' }
    const tags = [{ key: 'mlflow.data.context', value: 'train' }]
    await server().post(`${MLFLOW}/runs/log-inputs`, {
      run_id: runId,
      datasets: [{ dataset, tags }],
      models: [{ model_id: 'm-used' }],
    })
    await server().post(`${MLFLOW}/runs/outputs`, {
      run_id: runId,
      models: [{ model_id: modelId, step: 4 }, { model_id: 'm-elsewhere' }],
    })
    const { text } = await server().get(`/runs/${runId}`)
    expect(text).not.toContain('<i>')
    expect(textOf(text)).toMatch(/dataset <i>iris ab12 train model m-used/)
    expect(textOf(text)).toMatch(new RegExp(`PENDING <i>net ${modelId} 4 .* UTC m-elsewhere 0`))
  })

  test('lists artifacts by folder, and its links download them', async () => {
    const { run_id: runId, artifact_uri: uri } = await createRun()
    const root = `${ARTIFACTS}/${uri.replace('mlflow-artifacts:/', '')}`
    for (const path of ['notes.txt', 'plots/a%26b.svg']) {
      const upload = await server().request({ method: 'PUT', url: `${root}/${path}`, payload: `bytes of ${path}` })
      expect(upload.status).toBe(200)
    }
    const top = (await server().get(`/runs/${runId}`)).text
    expect(top).toContain('>notes.txt</a>')
    expect(top).toContain(`href="/runs/${runId}?path=plots"`)
    const folder = (await server().get(`/runs/${runId}`, { path: 'plots' })).text
    expect(folder).toContain(`<a href="/runs/${runId}">Up</a>`)
    const link = /href="(\/get-artifact[^"]*)"/.exec(folder)?.[1]?.replaceAll('&amp;', '&') ?? ''
    const file = await server().get(link)
    expect([file.text, file.headers['content-disposition']]).toEqual([
      'bytes of plots/a%26b.svg',
      expect.stringMatching(/^attachment;/),
    ])
  })

  test('of artifacts that are kept elsewhere says where', async () => {
    const { json } = await server().post(`${MLFLOW}/experiments/create`, {
      name: randomUUID(),
      artifact_location: 's3://bucket/x',
    })
    const made = await server().post(`${MLFLOW}/runs/create`, { experiment_id: json.experiment_id })
    const { text, status } = await server().get(`/runs/${made.json.run.info.run_id}`)
    expect([status, textOf(text)]).toEqual([200, expect.stringContaining('are not kept by this server')])
  })

  test('is where the links lead that clients of MLflow print', () => {
    const went: string[] = []
    const open = (hash: string): string | undefined => {
      const location = { hash, href: 'x', replace: (url: string) => void went.push(url) }
      const document = { querySelectorAll: () => [], getElementById: () => null }
      const noop = (): undefined => undefined
      runInNewContext(SCRIPT, { location, document, navigator: {}, addEventListener: noop, setInterval: noop })
      return went.pop()
    }
    expect(open('#/experiments/1/runs/0f3c9d1e8a7b4c6d9e2f1a0b3c4d5e6f')).toBe('/runs/0f3c9d1e8a7b4c6d9e2f1a0b3c4d5e6f')
    expect(open('#/experiments/1/runs/abc/artifacts')).toBe('/runs/abc')
    for (const hash of [
      '',
      '#/experiments/1',
      '#/experiments/1/runs/',
      '#/experiments/1/runs//evil.com',
      '#/experiments/1/runs/%2e',
      '#/experiments/1/runs/..',
    ]) {
      expect([hash, open(hash)]).toEqual([hash, undefined])
    }
  })
})

describe('every page', () => {
  const pages = async (): Promise<string[]> => {
    const run = await submitted()
    return ['/', `/workflow-runs/${run.workflow_run_id}`, `/runs/${run.run_id}`, '/workflow-runs/nope', '/runs/nope']
  }

  test('keeps style and script in files of this origin, as its policy demands', async () => {
    for (const url of await pages()) {
      const { text, headers } = await server().get(url)
      expect(headers['content-security-policy']).toContain(`script-src 'self'; style-src 'self'`)
      expect(text).not.toMatch(/<style|<script(?! src=)|<[a-z][^>]*\s(?:on\w+|style)=/)
      const files = [...text.matchAll(/(?:href|src)="(\/\w+\.\w+)"/g)].map((match) => match[1] ?? '')
      expect([...new Set(files)].toSorted()).toEqual(['/icon.svg', '/openapi.json', '/page.css', '/page.js'])
    }
    expect((await server().get('/page.css')).headers['content-type']).toBe('text/css; charset=utf-8')
    expect((await server().get('/page.js')).headers['content-type']).toBe('text/javascript; charset=utf-8')
    expect((await server().get('/icon.svg')).headers['content-type']).toBe('image/svg+xml')
  })

  test.each([
    ['/workflow-runs/nope', 404, 'No workflow run with id'],
    ['/runs/nope', 404, 'nope'],
    ['/runs/a%20b', 400, 'run_id'],
    ['/runs/%3Cimg%3E', 400, '<img>'],
    ['/runs/abc?path=../x', 400, 'Invalid path'],
  ])('%s is refused as a page, with the status %i', async (url, status, message) => {
    const answer = await server().get(url)
    expect([answer.status, answer.headers['content-type']]).toEqual([status, 'text/html; charset=utf-8'])
    expect(textOf(answer.text)).toContain(message)
    expect(answer.text).not.toContain('<img>')
  })

  test('an unknown attempt has no log', async () => {
    expect((await server().get('/attempts/a-unknown/log')).status).toBe(404)
    expect((await server().get(`${TIDEMILL}/attempts/a-unknown/logs`)).status).toBe(404)
  })
})
