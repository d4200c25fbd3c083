import { InvalidParameterValueError } from '@tidemill/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseProjectUri } from './project-uri.ts'

const SHA = '0123456789abcdef0123456789abcdef01234567'

describe('a project URI', () => {
  test.each<[string, object]>([
    ['.', { kind: 'path', path: '.', subdirectory: '' }],
    ['/home/me/my project', { kind: 'path', path: '/home/me/my project' }],
    ['examples/hello#sub/dir', { kind: 'path', path: 'examples/hello', subdirectory: 'sub/dir' }],
    [`'https://h.org/a/b.git'`, { kind: 'git', scheme: 'https', host: 'h.org', remote: 'https://h.org/a/b.git' }],
    ['"https://H.org:8443/a"', { kind: 'git', scheme: 'https', host: 'h.org', remote: 'https://H.org:8443/a' }],
    ['https://h.org/a#x.d/y#z', { kind: 'git', remote: 'https://h.org/a', subdirectory: 'x.d/y#z' }],
    ['https://h.org/a#sub/', { subdirectory: 'sub' }],
    ['https://h.org/a#', { subdirectory: '' }],
    [
      'git@h.org:team/a.git#sub',
      { kind: 'git', scheme: 'ssh', host: 'h.org', remote: 'git@h.org:team/a.git', subdirectory: 'sub' },
    ],
    ['ssh://git@h.org:22/a.git', { kind: 'git', scheme: 'ssh', host: 'h.org' }],
    ['git://127.0.0.1:9418/a', { kind: 'git', scheme: 'git', host: '127.0.0.1' }],
    ['file:///srv/a%20b#c', { kind: 'file', path: '/srv/a b', subdirectory: 'c' }],
    ['file://localhost/srv', { kind: 'file', path: '/srv' }],
    ['a/b:c', { kind: 'path', path: 'a/b:c' }],
  ])('%s is understood', (uri, parsed) => {
    expect(parseProjectUri(uri)).toMatchObject(parsed)
  })

  test.each([
    [''],
    [`''`],
    ['-oProxyCommand=x'],
    ['--upload-pack=touch /tmp/PWN'],
    ['ext::sh -c touch% /tmp/PWN'],
    ['https://h.org/a\nb'],
    ['https://user:secret@h.org/a'],
    ['https://token@h.org/a'],
    ['ssh://git:secret@h.org/a'],
    ['ssh://-oProxyCommand=x/a'],
    ['ssh://-oProxyCommand=x@h.org/a'],
    ['-oProxyCommand=x@h.org:a'],
    ['git@-oProxyCommand:a'],
    ['git@h.org:-a'],
    ['https://h.org/a b'],
    ['https:///a'],
    ['s3://bucket/project'],
    ['https://h.org/a.zip'],
    ['project.zip'],
    ['file://other-host/a'],
    ['file:///a%00b'],
    ['https://h.org/a#../x'],
    ['https://h.org/a#x/./y'],
    ['https://h.org/a#/etc'],
    ['https://h.org/a#x//y'],
    [String.raw`https://h.org/a#x\y`],
    [`https://h.org/${'a'.repeat(2048)}`],
  ])('%j is refused', (uri) => {
    expect(() => parseProjectUri(uri)).toThrow(expect.objectContaining({ code: 'INVALID_PARAMETER_VALUE' }))
  })

  test('is refused without showing the password that is in it', () => {
    expect(() => parseProjectUri('https://user:secret@h.org/a')).toThrow(/^(?!.*secret)/)
  })

  test('never reaches Git as an option', () => {
    const remoteOf = (text: string): string => {
      try {
        const parsed = parseProjectUri(text)
        return parsed.kind === 'git' ? parsed.remote : ''
      } catch (error) {
        if (error instanceof InvalidParameterValueError) return ''
        throw error
      }
    }
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(remoteOf(text)).not.toMatch(/^-/)
      }),
    )
  })
})

describe('a version', () => {
  test.each(['main', 'feature/x', 'v1.2.3', 'refs/heads/a', SHA, 'abc1234', '1.0+build', 'a_b-c'])(
    '%s is accepted',
    (version) => {
      expect(parseProjectUri('.', version).version).toBe(version)
    },
  )

  test.each([
    '',
    '-x',
    '--orphan=evil',
    'a..b',
    'a@{1}',
    'HEAD~1',
    'a b',
    'a\n',
    'main.lock',
    'a//b',
    'a/',
    'a.',
    '.hidden',
    'é',
    'a'.repeat(256),
  ])('%j is refused', (version) => {
    expect(() => parseProjectUri('.', version)).toThrow(/cannot be a version/)
  })
})
