import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { submit, writeProject } from './project-fixture.ts'
import { useServer } from './server-fixture.ts'

const server = useServer()

test('the page says how to point a client at this server', async () => {
  const { text, headers } = await server().request({ method: 'GET', url: '/', headers: { host: '192.168.1.9:5000' } })
  expect(headers['content-type']).toBe('text/html; charset=utf-8')
  expect(text).toContain('export MLFLOW_TRACKING_URI=http://192.168.1.9:5000<')
  expect(text).toContain('Nothing has run yet.')
})

test('the last workflow runs are shown with state and link, and their text is only text', async () => {
  const evil = `${randomUUID()} <img src=x onerror=alert(1)>&'x`
  const uri = await writeProject(server(), evil)
  const { json } = await submit(server(), { project: { uri } })
  expect(json.workflow_run.project.uri).toContain('<img')
  const { text } = await server().get('/')
  expect(text).toContain('QUEUED')
  expect(text).toContain(`href="/api/tidemill/v1/workflow-runs/${json.workflow_run.workflow_run_id}"`)
  expect(text).not.toContain('<img')
  expect(text).toContain('&#60;img src=x onerror=alert(1)&#62;&#38;&#39;x')
})

test('style and script are files of this origin, as the policy of the page demands', async () => {
  const { text, headers } = await server().get('/')
  expect(headers['content-security-policy']).toContain(`script-src 'self'; style-src 'self'`)
  expect(text).not.toMatch(/<style|style=|<script(?! src=)|onclick/)
  const files = [...text.matchAll(/(?:href|src)="(\/home\.\w+)"/g)].map((match) => match[1] ?? '')
  expect(files.toSorted()).toEqual(['/home.css', '/home.js'])
  expect((await server().get('/home.css')).headers['content-type']).toBe('text/css; charset=utf-8')
  expect((await server().get('/home.js')).headers['content-type']).toBe('text/javascript; charset=utf-8')
})
