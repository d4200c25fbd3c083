import { describe, expect, test } from 'vitest'
import { createEgress, isPublicAddress } from './egress.ts'

describe('isPublicAddress', () => {
  test.each([
    '127.0.0.1',
    '0.0.0.0',
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:7f00:1',
    '::ffff:10.0.0.1',
    '64:ff9b::a9fe:a9fe',
    '64:ff9b:1::a00:1',
    '2002:a9fe:a9fe::',
    '2002:7f00:1::',
    'fe80::1',
    'fc00::1',
    'fd12::1',
    'ff02::1',
    '2001:db8::1',
    'not an address',
  ])('%s is not public', (address) => {
    expect(isPublicAddress(address)).toBe(false)
  })

  test.each(['8.8.8.8', '1.1.1.1', '93.184.216.34', '2606:4700::1111', '::ffff:8.8.8.8', '64:ff9b::808:808'])(
    '%s is public',
    (address) => {
      expect(isPublicAddress(address)).toBe(true)
    },
  )
})

describe('checkUrl', () => {
  const strict = createEgress({ allowedHosts: [], timeoutMs: 1000 })
  test.each([
    'https://127.1/x',
    'https://2130706433/',
    'https://0x7f.0.0.1/',
    'https://0177.0.0.1/',
    'https://①②⑦.⓪.⓪.①/',
    'https://[::1]/',
    'https://[::ffff:7f00:1]/',
    'https://localhost/',
    'https://localhost./',
    'https://api.localhost/',
    'https://169.254.169.254/latest/meta-data',
  ])('refuses %s', (url) => {
    expect(() => strict.checkUrl(url)).toThrow('is not public. The operator may allow it with --webhook-allowed-hosts')
  })

  test('takes a public name, and a private one that the operator allows', () => {
    expect(() => strict.checkUrl('https://hooks.example.org/x')).not.toThrow()
    const open = createEgress({ allowedHosts: ['127.0.0.1', 'receiver.internal'], timeoutMs: 1000 })
    expect(() => open.checkUrl('https://127.0.0.1:8443/')).not.toThrow()
    expect(() => open.checkUrl('https://10.0.0.1/')).toThrow('is not public')
  })

  test('a name is judged by the address that it has when the connection is made', async () => {
    await expect(strict.post('http://ip6-localhost:9/', '{}', {}, AbortSignal.timeout(5000))).rejects.toThrow(
      /which is not public|ENOTFOUND|EAI_AGAIN/,
    )
  })
})
