import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
const LIMIT_MS = 300_000

/** The loads of bench/ on small stores, on Postgres and embedded. Its figures mean nothing on a busy machine. */
describe.skipIf(!existsSync('/usr/lib/postgresql'))('the benchmark loads', { timeout: LIMIT_MS }, () => {
  test('are answered without an error, and what they wrote is read back', async () => {
    const bench = spawn(
      process.execPath,
      ['--conditions=@tidemill/source', join(root, 'bench/main.ts'), 'tracking', '--quick'],
      { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] },
    )
    let log = ''
    bench.stderr.setEncoding('utf8').on('data', (text: string) => {
      log += text
    })
    const [code]: unknown[] = await once(bench, 'close')
    expect(log.split('\n').filter((line) => line.startsWith('FAILED'))).toEqual([])
    expect(code).toBe(0)
  })
})
