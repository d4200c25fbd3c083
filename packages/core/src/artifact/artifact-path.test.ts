import { describe, expect, test } from 'vitest'
import { parseArtifactPath } from './artifact-path.ts'

const encode = (text: string, times: number): string =>
  times === 0 ? text : encode(text.replaceAll('%', '%25').replaceAll('.', '%2e').replaceAll('/', '%2f'), times - 1)

/** The path corpus P of spec/security.md §2. */
const unsafe = [
  '../x',
  'a/../../x',
  '..',
  '/etc/passwd',
  '//etc/passwd',
  '..\\x',
  'a\\..\\..\\x',
  'C:\\x',
  'C:x',
  '\\\\h\\s',
  '%2e%2e%2fx',
  '..%2fx',
  '%2e%2e/x',
  '%252e%252e%252fx',
  ...[1, 3, 9, 11].map((times) => encode('../x', times)),
  '..;/x',
  'x;../y',
  '#/../x',
  'x#../y',
  'x%23../y',
  '?../x',
  'x%3f/../../y',
  'file:///etc/passwd',
  'FILE:/etc/passwd',
  'file:etc/passwd',
  'file://localhost/etc/passwd',
  'x%00.txt',
  'x\0.txt',
  '%c0%ae%c0%ae/x',
  '．．／x',
  './x',
  'a\r\nb',
  'a\nb',
  'x'.repeat(256),
  'x/'.repeat(2500),
  Array.from({ length: 200 }, () => 'd').join('/'),
  'a//b',
  '/',
  'http://host/x',
  '100%/%2e%2e/x',
]

const safe = [
  'a b.txt',
  'データ/ü.json',
  'データ/ü.json'.normalize('NFD'),
  '100%.txt',
  'a+b',
  'a..b/c...d',
  '..../x',
  'x;y',
  '.hidden',
  'con',
  'x'.repeat(255),
  'images/k%step%0%timestamp%1712345678901%a0b1.png',
  'images/k%step%80%timestamp%1799999999999%compressed.webp',
]

describe('parseArtifactPath', () => {
  test.each(unsafe)('refuses %j', (path) => {
    expect(() => parseArtifactPath(path)).toThrow(/^Invalid path$/)
  })

  test.each(safe)('takes %j as it is', (path) => {
    expect(parseArtifactPath(path)).toBe(path)
  })

  test.each(['', '.'])('%j is the root', (path) => {
    expect(parseArtifactPath(path)).toBe('')
  })

  test('slashes at the end do not count', () => {
    expect(parseArtifactPath('models///')).toBe('models')
  })
})
