import { expect, test } from 'vitest'
import { findTipByPrefix, findVersion, type RemoteRefs, unknownVersion } from './remote-refs.ts'

const A = 'a'.repeat(40)
const B = 'b'.repeat(40)
const AB = `${'ab'.repeat(20)}`
const refs: RemoteRefs = {
  head: A,
  commits: new Map([
    ['HEAD', A],
    ['refs/heads/main', A],
    ['refs/heads/both', A],
    ['refs/tags/both', B],
    ['refs/tags/v1', B],
    ['refs/heads/abc', AB],
  ]),
}

test.each([
  ['main', { commit: A, branch: 'main' }],
  ['both', { commit: A, branch: 'both' }],
  ['v1', { commit: B }],
  ['refs/tags/both', { commit: B }],
  ['c'.repeat(40), { commit: 'c'.repeat(40) }],
  ['C'.repeat(40), { commit: 'c'.repeat(40) }],
  // A branch with a name like a SHA wins over the SHA.
  ['abc', { commit: AB, branch: 'abc' }],
  ['refs', undefined],
  ['HEAD', undefined],
])('version %s', (version, found) => {
  expect(findVersion(refs, version)).toEqual(found)
})

test.each([
  ['bbbb', B],
  ['BBBB', B],
  ['aaaa', A],
  ['abab', AB],
  ['a', undefined],
  ['cccc', undefined],
])('abbreviation %s among the tips', (prefix, commit) => {
  expect(findTipByPrefix(refs, prefix)).toBe(commit)
})

test('an unknown version names the nearest first', () => {
  expect(unknownVersion('https://h/x', 'mian', refs).message).toMatch(/no branch, tag or commit 'mian'\. Near: main, /)
})
