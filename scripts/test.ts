/**
 * Runs every test and prints `N passed, N failed` over all of them as the last line. Services that are not here
 * are named with the reason; their tests count as skipped, never as passed.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

interface Report {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly numFailedTestSuites: number
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly unknown[] }[]
}

const root = join(import.meta.dirname, '..')
const directory = mkdtempSync(join(tmpdir(), 'tidemill-test-'))
const projects = ['unit', 'integration', 'e2e', 'conformance']
const totals = { passed: 0, failed: 0, skipped: 0 }
let hasFailed = false

for (const project of projects) {
  const reportFile = join(directory, `${project}.json`)
  const result = spawnSync(
    process.execPath,
    [
      join(root, 'node_modules/vitest/vitest.mjs'),
      'run',
      '--project',
      project,
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${reportFile}`,
      '--passWithNoTests',
      ...process.argv.slice(2),
    ],
    { cwd: root, stdio: 'inherit' },
  )
  hasFailed ||= result.status !== 0
  const report = readReport(reportFile)
  totals.passed += report?.numPassedTests ?? 0
  totals.skipped += report?.numPendingTests ?? 0
  // A file that does not load, and a run that died, fail without any test of theirs failing.
  const brokenFiles =
    report?.testResults.filter(({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0)
      .length ?? 1
  totals.failed += (report?.numFailedTests ?? 0) + brokenFiles
}

rmSync(directory, { recursive: true, force: true })
if (hasFailed && totals.failed === 0) totals.failed = 1
const skipped = totals.skipped === 0 ? '' : `, ${totals.skipped} skipped`
console.log(`${totals.passed} passed, ${totals.failed} failed${skipped}`)
process.exitCode = totals.failed === 0 ? 0 : 1

function readReport(file: string): Report | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}
