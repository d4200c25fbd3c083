import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')

/** Who may import whom: dependencies point one way, toward core. docs/architecture.md says why. */
const allowedImports: Readonly<Record<string, readonly string[]>> = {
  'packages/core': [],
  'packages/projects': ['core'],
  'packages/store-postgres': ['core'],
  'packages/artifacts': ['core'],
  'packages/importer': ['core'],
  'packages/worker': ['core'],
  'packages/sdk': ['core'],
  'apps/api': ['core', 'projects', 'store-postgres', 'artifacts'],
  'apps/cli': ['core', 'sdk', 'projects', 'artifacts', 'importer', 'store-postgres', 'worker', 'api'],
}

const sourceFiles = (folder: string): string[] =>
  readdirSync(join(root, folder, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => join(root, folder, 'src', name))

const importsOf = (file: string): string[] =>
  [...readFileSync(file, 'utf8').matchAll(/(?:from\s+|import\s*\(\s*|import\s+)'([^']+)'/g)].map(
    (match) => match[1] ?? '',
  )

describe('architecture', () => {
  test.each(Object.entries(allowedImports))('%s imports only what its place allows', (folder, allowed) => {
    const files = sourceFiles(folder)
    expect(files.length).toBeGreaterThan(0)
    const forbidden = files.flatMap((file) =>
      importsOf(file)
        .filter((specifier) => specifier.startsWith('@tidemill/'))
        .filter((specifier) => !allowed.includes(specifier.slice('@tidemill/'.length)))
        .map((specifier) => `${relative(root, file)} imports ${specifier}`),
    )
    expect(forbidden).toEqual([])
  })

  test.each(Object.keys(allowedImports))('%s reaches no file outside its own src by a relative path', (folder) => {
    const outside = sourceFiles(folder).flatMap((file) =>
      importsOf(file)
        .filter((specifier) => specifier.startsWith('.'))
        .filter((specifier) => relative(join(root, folder, 'src'), join(dirname(file), specifier)).startsWith('..'))
        .map((specifier) => `${relative(root, file)} imports ${specifier}`),
    )
    expect(outside).toEqual([])
  })

  test('core imports nothing but zod', () => {
    const packages = sourceFiles('packages/core')
      .flatMap(importsOf)
      .filter((specifier) => !specifier.startsWith('.'))
    expect(new Set(packages)).toEqual(new Set(['zod']))
  })

  test('each package declares the dependencies that it may import, and no other of ours', () => {
    const wrong = Object.entries(allowedImports).flatMap(([folder, allowed]) => {
      const manifest: { dependencies?: Record<string, string> } = JSON.parse(
        readFileSync(join(root, folder, 'package.json'), 'utf8'),
      )
      return Object.keys(manifest.dependencies ?? {})
        .filter((name) => name.startsWith('@tidemill/') && !allowed.includes(name.slice('@tidemill/'.length)))
        .map((name) => `${folder} depends on ${name}`)
    })
    expect(wrong).toEqual([])
  })

  test('no source file is longer than 400 lines', () => {
    const long = Object.keys(allowedImports)
      .flatMap(sourceFiles)
      .map((file) => ({ file: relative(root, file), lines: readFileSync(file, 'utf8').split('\n').length }))
      .filter(({ lines }) => lines > 400)
    expect(long).toEqual([])
  })

  test('only env.ts reads process.env', () => {
    const readers = Object.keys(allowedImports)
      .flatMap(sourceFiles)
      .filter((file) => /process\.env\b/.test(readFileSync(file, 'utf8')))
      // The entry hands the variables over once.
      .filter((file) => !file.endsWith('apps/cli/src/context.ts'))
      .map((file) => relative(root, file))
      .filter((file) => !file.endsWith('/env.ts'))
    expect(readers).toEqual([])
  })
})
