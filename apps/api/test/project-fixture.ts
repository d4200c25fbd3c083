import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Lease, LogLine, Ticket } from '@tidemill/core'
import { type Answer, type TestServer, TIDEMILL } from './server-fixture.ts'

const MLPROJECT = `name: demo
entry_points:
  main:
    parameters: {alpha: {type: float, default: 0.5}, data: {type: string, default: none}}
    command: "echo {alpha} {data}"
  prepare: {parameters: {rows: int}, command: "echo {rows}"}
  train: {parameters: {alpha: float}, command: "echo {alpha}"}
workflows:
  grid:
    parameters: {rows: {type: int, default: 10}}
    steps:
      prepare: {entry_point: prepare, parameters: {rows: "\${{ workflow.parameters.rows }}"}}
      train:
        entry_point: train
        needs: [prepare]
        matrix: {alpha: [0.1, 0.5]}
        parameters: {alpha: "\${{ matrix.alpha }}"}
`

/** A folder with a project; each call makes another one. */
export const writeProject = async (
  server: TestServer,
  name: string,
  mlproject: string = MLPROJECT,
): Promise<string> => {
  const folder = join(server.directory, 'projects', name)
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'MLproject'), mlproject)
  return folder
}

export const submit = (server: TestServer, body: object, headers: Record<string, string> = {}): Promise<Answer> =>
  server.request({
    method: 'POST',
    url: `${TIDEMILL}/workflow-runs`,
    headers: { 'content-type': 'application/json', ...headers },
    payload: JSON.stringify(body),
  })

/** Takes the first attempt of a workflow run to where its command would run; the test is its worker. */
export const startAttempt = async (
  { context: { engine } }: TestServer,
  workflowRunId: string,
  workerId: string,
): Promise<Lease> => {
  const { steps } = await engine.getWorkflowRun(workflowRunId)
  const attemptId = steps[0]?.cells[0]?.attempts[0]?.attemptId
  const tickets: Ticket[] = []
  await engine.relayOutbox(1000, async (sent) => void tickets.push(...sent))
  const ticket = tickets.find((each) => each.attemptId === attemptId)
  if (ticket === undefined) throw new Error(`No ticket of attempt '${attemptId}' was in the outbox`)
  await engine.registerWorker({ workerId, host: 'test', pid: 1, concurrency: 1 })
  const claimed = await engine.claimAttempt(ticket, workerId)
  if (claimed === undefined) throw new Error('The attempt was not there to claim')
  await engine.prepareAttempt(claimed.lease, { params: [], tags: [] })
  await engine.markExecuting(claimed.lease)
  return claimed.lease
}

export const lines = (first: number, count: number): LogLine[] =>
  Array.from({ length: count }, (_, index) => ({
    number: first + index,
    stream: 'stdout',
    time: 1735700000000 + index,
    text: `line ${first + index}\tü`,
  }))
