import { describe, expect, test } from 'vitest'
import { createPasswordHashes } from './password-hash.ts'

const hashes = createPasswordHashes(1)

describe('password hashes', () => {
  test('have the format of werkzeug, a salt of their own, and verify', async () => {
    const [first, second] = [await hashes.hash('a password of ours'), await hashes.hash('a password of ours')]
    expect(first).toMatch(/^scrypt:32768:8:1\$[a-zA-Z0-9]{16}\$[0-9a-f]{128}$/)
    expect(second).not.toBe(first)
    expect(await hashes.verify('a password of ours', first)).toBe(true)
    expect(await hashes.verify('a password of others', first)).toBe(false)
  })

  // Made by werkzeug 3.1: generate_password_hash('a password of ours', method=…).
  test.each([
    'scrypt:32768:8:1$B9tHJMRWtWVB69z0$385aef034db987dcf7d21291336f739348c0408c64345d99799d329fd7f5b12f4b490ec92266aed455ec303b44a0d2976356b18713032d5c904ec0f93226efb0',
    'pbkdf2:sha256:600000$VkSNLkeAjOBhaGfB$1067ef1bdb667b09e589ae6464633db9a261d5d109f0f4123b20f645faecd859',
  ])('of MLflow verify: %s', async (hash) => {
    expect(await hashes.verify('a password of ours', hash)).toBe(true)
    expect(await hashes.verify('another password', hash)).toBe(false)
  })

  test.each([
    '',
    'plain',
    'md5$x$y',
    'scrypt:32768:8:1$salt$',
    'pbkdf2:sha256:99999999$salt$00',
    'pbkdf2:sha256:1$salt$',
  ])('the hash %j verifies nothing', async (hash) => {
    expect(await hashes.verify('', hash)).toBe(false)
  })

  test('nobody has no password', async () => {
    expect(await hashes.verify('', undefined)).toBe(false)
  })

  test('beyond the places to wait in the next one is refused', async () => {
    const narrow = createPasswordHashes(1, 2)
    const results = await Promise.allSettled([1, 2, 3, 4, 5].map(() => narrow.verify('x', undefined)))
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'rejected'])
    expect(await narrow.verify('x', undefined)).toBe(false)
  })
})
