import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findMlflowClient } from '@tidemill/testkit'
import { describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
const hasPackageIndex = (await findMlflowClient('3.17.2')) !== undefined

/** What `pnpm demo` runs. Rejects unless it exits 0. */
const demo = async (...args: string[]): Promise<string> => {
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ['--conditions=@tidemill/source', join(root, 'scripts/demo.ts'), ...args],
    { cwd: root, maxBuffer: 16 * 1024 * 1024, timeout: 300_000 },
  )
  return `${stderr}\n${stdout}`
}

describe('the demo, on the embedded defaults', () => {
  test('runs the example without Python packages and prints its URL', async () => {
    const printed = await demo('--example', 'hello')
    for (const step of ['greet', 'count', 'farewell']) expect(printed).toMatch(new RegExp(`^${step} SUCCEEDED`, 'm'))
    expect(printed).toMatch(/http:\/\/127\.0\.0\.1:\d+/)
  })

  test.skipIf(!hasPackageIndex)(
    `runs the pipeline from this repository's own Git URI and prints the child runs and their artifacts${hasPackageIndex ? '' : ': needs a package index'}`,
    async () => {
      const printed = await demo()
      expect(printed).toContain('file://')
      expect(printed).toMatch(/train SUCCEEDED \(3\/3 cells/)
      for (const cell of [1, 2, 3]) {
        expect(printed).toMatch(new RegExp(`^train-${cell} +[0-9a-f]{8} +FINISHED +alpha=.*test_accuracy=`, 'm'))
        expect(printed).toMatch(new RegExp(`^train-${cell} +[0-9a-f]{32} `, 'm'))
      }
      expect(printed).toMatch(/^pick_best +[0-9a-f]{8} +FINISHED .*best_test_accuracy=/m)
      expect(printed).toMatch(/^ +model\/model\.joblib$/m)
      expect(printed).toMatch(/http:\/\/127\.0\.0\.1:\d+/)
    },
    300_000,
  )
})
