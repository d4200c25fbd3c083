import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ATTEMPT_STATES, STEP_RUN_STATES, WORKFLOW_RUN_STATES } from '@tidemill/core'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')

/** The members of a union of string literals, read from its source: types leave nothing at run time. */
const unionMembers = (path: string, type: string): string[] => {
  const declaration = new RegExp(`export type ${type} =([^=]*?)\\n\\n`).exec(read(path))?.[1] ?? ''
  return [...declaration.matchAll(/'([^']+)'/g)].map((match) => match[1] ?? '')
}

const firstColumn = (markdown: string, heading: string): string[] => {
  const section = markdown.slice(markdown.indexOf(heading)).split('\n## ')[0] ?? ''
  return [...section.matchAll(/^\| `([^`]+)` +\|/gm)].map((match) => match[1] ?? '')
}

test('docs/errors.md lists exactly the error codes of the code', () => {
  const codes = unionMembers('packages/core/src/errors.ts', 'ErrorCode')
  expect(codes.length).toBeGreaterThan(5)
  expect(firstColumn(read('docs/errors.md'), '# Errors').toSorted()).toEqual(codes.toSorted())
})

test('docs/errors.md lists exactly the codes that an attempt may end with', () => {
  const codes = unionMembers('packages/core/src/workflow/attempt.ts', 'EndCode')
  expect(codes.length).toBeGreaterThan(5)
  expect(firstColumn(read('docs/errors.md'), '## Why an attempt ended').toSorted()).toEqual(codes.toSorted())
})

test('docs/architecture.md draws every state', () => {
  const states = read('docs/architecture.md').split('## States')[1] ?? ''
  const missing = [...WORKFLOW_RUN_STATES, ...STEP_RUN_STATES, ...ATTEMPT_STATES].filter(
    (state) => !states.includes(state),
  )
  expect(missing).toEqual([])
})

test('every page that the README links to is there', () => {
  const links = [...read('README.md').matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map((match) => match[1] ?? '')
  expect(links.length).toBeGreaterThan(5)
  const missing = links.filter((link) => {
    try {
      readFileSync(join(root, link))
      return false
    } catch (error) {
      return !(error instanceof Error && 'code' in error && error.code === 'EISDIR')
    }
  })
  expect(missing).toEqual([])
})

test('no file names a package registry or a path of one machine', () => {
  const lockfile = read('pnpm-lock.yaml')
  expect(lockfile).not.toMatch(/https?:\/\//)
})
