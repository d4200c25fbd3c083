import { createHash } from 'node:crypto'
import { PATTERN } from '../load/connection.ts'
import { ON_POSTGRES, type Work } from './work.ts'

const PATH = '/api/2.0/mlflow-artifacts/artifacts/bench/weights.bin'
const MEBIBYTE = 2 ** 20
const CALLS = 5

const sha256 = async (chunks: AsyncIterable<Uint8Array>): Promise<string> => {
  const hash = createHash('sha256')
  for await (const chunk of chunks) hash.update(chunk)
  return hash.digest('hex')
}

const checkFile = async (origin: string, bytes: number): Promise<void> => {
  const response = await fetch(`${origin}${PATH}`)
  if (response.body === null) throw new Error('The artifact came without a body')
  const received = await sha256(response.body)
  const expected = createHash('sha256').update(Buffer.alloc(bytes, PATTERN)).digest('hex')
  if (received !== expected) throw new Error(`The artifact came back with SHA-256 ${received}, not ${expected}`)
}

const contenders: Work['contenders'] = ON_POSTGRES.filter((name) => name !== 'fasttrackml')

export const artifactWorks: readonly Work[] = [
  {
    name: 'artifact-upload',
    title: '100 MB upload through the proxy',
    connections: 1,
    contenders,
    goals: { mlflow: 3 },
    maxCalls: CALLS,
    hasOpenLoop: false,
    prepare: async (contender, scale) => async () => ({
      scripts: [[{ method: 'PUT', path: PATH, bodyBytes: scale.artifactMiB * MEBIBYTE }]],
      check: () => checkFile(contender.origin, scale.artifactMiB * MEBIBYTE),
    }),
  },
  {
    name: 'artifact-download',
    title: '100 MB download through the proxy',
    connections: 1,
    contenders,
    goals: { mlflow: 3 },
    maxCalls: CALLS,
    hasOpenLoop: false,
    prepare: async (contender, scale) => {
      const body = Buffer.alloc(scale.artifactMiB * MEBIBYTE, PATTERN)
      const response = await fetch(`${contender.origin}${PATH}`, { method: 'PUT', body })
      if (response.status !== 200) throw new Error(`${contender.name} refused the artifact: ${await response.text()}`)
      return async () => ({
        scripts: [[{ method: 'GET', path: PATH }]],
        check: () => checkFile(contender.origin, body.byteLength),
      })
    },
  },
]
