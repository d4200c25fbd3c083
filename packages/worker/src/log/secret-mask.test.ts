import { describe, expect, test } from 'vitest'
import { createSecretMask } from './secret-mask.ts'

describe('createSecretMask', () => {
  test.each<[title: string, secrets: string[], text: string, masked: string]>([
    ['leaves text alone without secrets', [], 'password', 'password'],
    ['masks every occurrence', ['s3cret'], 's3cret and s3crets3cret', '*** and ******'],
    ['masks the longest of overlapping secrets', ['token', 'token-long'], 'x token-long y token z', 'x *** y *** z'],
    ['takes a secret as text, not as a pattern', ['a.b*c[d'], 'aXbbc[d a.b*c[d', 'aXbbc[d ***'],
    [
      'masks each line of a secret of several lines',
      ['-----BEGIN\nabcdef\r\nghijkl'],
      'see abcdef, ghijkl',
      'see ***, ***',
    ],
    ['does not mask what is shorter than four characters', ['abc', ''], 'abcabc', 'abcabc'],
    ['does not take a replacement pattern out of the text', ['$&secret'], '[$&secret]', '[***]'],
  ])('%s', (_title, secrets, text, masked) => {
    expect(createSecretMask(secrets)(text)).toBe(masked)
  })
})
