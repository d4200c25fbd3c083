import { fileURLToPath } from 'node:url'
import { waitFor } from '@tidemill/testkit'
import { expect, test } from 'vitest'
import { listAttemptProcesses } from '../src/launch/attempt-processes.ts'
import { launchProcess } from '../src/launch/process-launcher.ts'

const PROGRAMS = fileURLToPath(new URL('../fixtures/programs', import.meta.url))
const executorId = `test-${process.pid}`
let count = 0

const start = async (program: string, more: { readonly timeoutMs?: number } = {}) => {
  const lines: string[] = []
  const attemptId = `group-${process.pid}-${++count}`
  const handle = await launchProcess(
    {
      command: ['bash', '-c', `bash ${PROGRAMS}/${program}.sh`],
      workDirectory: '/',
      variables: { PATH: process.env['PATH'] ?? '' },
      attemptId,
      executorId,
      graceMs: 200,
      onLine: (_stream, text) => lines.push(text),
      ...more,
    },
    { kind: 'group', prefix: [] },
  )
  const processes = async () =>
    (await listAttemptProcesses(executorId)).filter((running) => running.attemptId === attemptId)
  return { handle, lines, processes }
}

test.each(['ignore-term', 'setsid-child'])('without namespaces, cancel leaves nothing of %s', async (program) => {
  const { handle, lines, processes } = await start(program)
  await waitFor('the program to start', () => lines.includes('started'))
  expect((await processes()).length).toBeGreaterThan(0)
  await handle.cancel()
  expect(await processes()).toEqual([])
  expect(await handle.wait()).toMatchObject({ kind: 'cancelled' })
})

test('without namespaces, a child that is left behind ends with the command', async () => {
  const { handle, lines, processes } = await start('leave-child')
  expect(await handle.wait()).toMatchObject({ kind: 'succeeded' })
  expect(lines).toEqual(['done'])
  expect(await processes()).toEqual([])
})

test('without namespaces, the first reason of death is kept', async () => {
  const { handle } = await start('ignore-term', { timeoutMs: 200 })
  expect(await handle.wait()).toMatchObject({ kind: 'timed_out', code: 'timeout' })
  await handle.cancel()
  expect(await handle.wait()).toMatchObject({ kind: 'timed_out' })
})
