/**
 * Runs after every install: makes the two things that a fast start needs, a migrated PGlite data directory and
 * the bundle of the command line. Each is skipped while its inputs have not changed.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const root = join(import.meta.dirname, '..')
const node = join(root, 'node_modules/node/bin/node')

const outputs = [
  {
    name: 'PGlite data directory',
    script: 'packages/store-postgres/scripts/build-template.ts',
    output: 'packages/store-postgres/dist/pglite-template',
    inputs: ['packages/store-postgres/src/migrations/*.ts', 'packages/store-postgres/package.json', 'pnpm-lock.yaml'],
  },
  {
    name: 'command line bundle',
    script: 'apps/cli/scripts/bundle.ts',
    output: 'apps/cli/dist/bundle',
    inputs: ['packages/*/src/**/*.ts', 'apps/*/src/**/*.ts', 'apps/cli/scripts/bundle.ts', 'pnpm-lock.yaml'],
  },
]

for (const { name, script, output, inputs } of outputs) {
  const stamp = join(root, `${output}.stamp`)
  const hash = hashOf(inputs)
  if (existsSync(join(root, output)) && existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) continue
  const result = spawnSync(node, ['--conditions=@tidemill/source', join(root, script)], { cwd: root, stdio: 'inherit' })
  if (result.status !== 0) {
    console.error(`prepare: the ${name} could not be made (${script} ended with ${result.status ?? result.signal})`)
    process.exit(1)
  }
  mkdirSync(dirname(stamp), { recursive: true })
  writeFileSync(stamp, hash)
}

function hashOf(patterns: readonly string[]): string {
  const hash = createHash('sha256')
  for (const file of patterns.flatMap((pattern) => globSync(pattern, { cwd: root })).toSorted()) {
    hash
      .update(file)
      .update('\0')
      .update(readFileSync(join(root, file)))
  }
  return hash.digest('hex')
}
