import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Validator } from '@seriousme/openapi-schema-validator'
import { describe, expect, test } from 'vitest'
import { toOpenApiDocument, VERSION } from '../src/openapi/document.ts'
import { mounts } from '../src/routes.ts'
import { useServer } from './server-fixture.ts'

const server = useServer()

describe('/openapi.json', () => {
  test('is a valid OpenAPI 3.1 document', async () => {
    const { status, json } = await server().get('/openapi.json')
    expect(status).toBe(200)
    const validator = new Validator()
    expect(await validator.validate(json)).toEqual({ valid: true })
    expect(validator.version).toBe('3.1')
  })

  test('has every route that is built and no page, each under an operationId of its own', async () => {
    const { json } = await server().get('/openapi.json')
    const operations: { operationId: string }[] = Object.values<Record<string, { operationId: string }>>(
      json.paths,
    ).flatMap((methods) => Object.values(methods))
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length)
    expect(json.paths).toHaveProperty(['/api/2.0/mlflow/runs/log-batch', 'post'])
    expect(json.paths).toHaveProperty(['/api/tidemill/v1/workflow-runs/{workflow_run_id}', 'get'])
    expect(json.paths).not.toHaveProperty(['/'])
    expect(json.paths).not.toHaveProperty(['/graphql'])
  })

  test('takes the fields of a message from its schema', async () => {
    const { json } = await server().get('/openapi.json')
    expect(json.paths['/api/2.0/mlflow/runs/get'].get.parameters).toEqual([
      expect.objectContaining({ name: 'run_id', in: 'query', required: true }),
    ])
    const { schema } = json.paths['/api/2.0/mlflow/experiments/create'].post.requestBody.content['application/json']
    expect(schema).toMatchObject({ type: 'object', required: ['name'], properties: { name: { type: 'string' } } })
  })

  test('refers only to what it has', () => {
    const document = JSON.stringify(toOpenApiDocument(mounts))
    const references = new Set([...document.matchAll(/"\$ref":"([^"]+)"/g)].map((match) => match[1]))
    expect([...references].sort()).toEqual(['#/components/responses/Error', '#/components/schemas/Error'])
  })

  test('says the version of the package', async () => {
    const manifest: { version: string } = JSON.parse(
      await readFile(join(import.meta.dirname, '../package.json'), 'utf8'),
    )
    expect(VERSION).toBe(manifest.version)
  })
})
