import { describe, expect, test } from 'vitest'
import { safePaths, unsafePaths } from '../../test/path-corpus.ts'
import { parseArtifactPath } from './artifact-path.ts'

describe('parseArtifactPath', () => {
  test.each(unsafePaths)('refuses %j', (path) => {
    expect(() => parseArtifactPath(path)).toThrow(/^Invalid path$/)
  })

  test.each(safePaths)('takes %j as it is', (path) => {
    expect(parseArtifactPath(path)).toBe(path)
  })

  test.each(['', '.'])('%j is the root', (path) => {
    expect(parseArtifactPath(path)).toBe('')
  })

  test('slashes at the end do not count', () => {
    expect(parseArtifactPath('models///')).toBe('models')
  })
})
