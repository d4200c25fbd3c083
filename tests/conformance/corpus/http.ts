import { API, AJAX, area, get, post, raw } from './exchange.ts'

const create = `${API}experiments/create`
const form = { 'content-type': 'application/x-www-form-urlencoded' }

export const http = area('http', [
  ['health', raw('GET', '/health', undefined, {})],
  ['an unknown route', raw('GET', `${API}nothing/at-all`, undefined, {})],
  ['an unknown route by POST', post('nothing/at-all', {})],
  ['an unknown version of the API', raw('GET', '/api/1.0/mlflow/experiments/get?experiment_id=0', undefined, {})],
  ['a route of 2.0 under 3.0', raw('GET', '/api/3.0/mlflow/experiments/get?experiment_id=0', undefined, {})],
  ['a wrong method', raw('GET', create, undefined, {})],
  ['a wrong method with a body', raw('PUT', create, '{}')],
  ['no content type', raw('POST', create, '{"name": "x"}', {})],
  ['a form', raw('POST', create, 'name=x', form)],
  ['text', raw('POST', create, '{"name": "x"}', { 'content-type': 'text/plain' })],
  [
    'JSON with a charset',
    raw('POST', create, '{"name": "charset"}', { 'content-type': 'application/json; charset=utf-8' }),
    { charset: 'experiment_id' },
  ],
  ['JSON in capitals', raw('POST', create, '{"name": "capitals"}', { 'content-type': 'Application/JSON' })],
  ['an empty body', raw('POST', create, '')],
  ['a broken body', raw('POST', create, '{"name": ')],
  ['a body that is a list', raw('POST', create, '[1]')],
  ['a body that is a number', raw('POST', create, '5')],
  ['a body that is null', raw('POST', create, 'null')],
  ['a body within a string', raw('POST', create, '"{\\"name\\": \\"twice encoded\\"}"'), { twice: 'experiment_id' }],
  ['a body that is a word', raw('POST', create, '"word"')],
  [
    'an unknown field',
    post('experiments/create', { name: 'unknown field', what: [1, { a: 2 }] }),
    { unknownField: 'experiment_id' },
  ],
  ['an unknown query parameter', get('experiments/get', { experiment_id: '0', what: 'x' })],
  ['a repeated query parameter', raw('GET', `${API}experiments/get?experiment_id=0&experiment_id=1`, undefined, {})],
  ['a slash at the end', raw('GET', `${API}experiments/get/?experiment_id=0`, undefined, {})],
  [
    'ajax by POST',
    post('experiments/search', { max_results: 1, order_by: ['experiment_id ASC'] }, AJAX),
    { ajaxPage: 'next_page_token' },
  ],
  ['a boolean in the query', get('registered-models/get', { name: 'model', what: 'True' })],
])

const hook = (fields: object) =>
  post('webhooks', {
    name: 'hook',
    url: 'https://1.1.1.1/hook',
    events: [{ entity: 'MODEL_VERSION', action: 'CREATED' }],
    status: 'DISABLED',
    ...fields,
  })

export const webhooks = area('webhooks', [
  ['list none', get('webhooks')],
  ['create', hook({ description: 'd', secret: 's' }), { hook: 'webhook.webhook_id' }],
  ['get', get('webhooks/{{hook}}')],
  ['get an unknown one', get('webhooks/none')],
  ['list', get('webhooks', { max_results: 5 })],
  ['list too many', get('webhooks', { max_results: 1001 })],
  ['create without a name', hook({ name: undefined })],
  ['create with a bad name', hook({ name: '-x-' })],
  ['create with a name of 64', hook({ name: 'n'.repeat(64) })],
  ['create without a URL', hook({ url: undefined })],
  ['create with a plain URL', hook({ url: 'http://1.1.1.1/x' })],
  ['create with no URL at all', hook({ url: 'hello' })],
  ['create without events', hook({ events: [] })],
  ['create with an impossible event', hook({ events: [{ entity: 'REGISTERED_MODEL', action: 'DELETED' }] })],
  ['create with an unknown entity', hook({ events: [{ entity: 'PLANET', action: 'CREATED' }] })],
  [
    'update',
    {
      ...hook({}),
      method: 'PATCH',
      path: `${API}webhooks/{{hook}}`,
      body: '{"name": "renamed", "events": [{"entity": "PROMPT", "action": "CREATED"}]}',
    },
  ],
  [
    'update with a bad URL',
    { ...hook({}), method: 'PATCH', path: `${API}webhooks/{{hook}}`, body: '{"url": "ftp://x"}' },
  ],
  ['update an unknown one', { ...hook({}), method: 'PATCH', path: `${API}webhooks/none`, body: '{"name": "x"}' }],
  ['delete', raw('DELETE', `${API}webhooks/{{hook}}`)],
  ['delete again', raw('DELETE', `${API}webhooks/{{hook}}`)],
])
