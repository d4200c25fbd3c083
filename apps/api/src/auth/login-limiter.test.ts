import { describe, expect, test } from 'vitest'
import { createLoginLimiter } from './login-limiter.ts'

const setup = () => {
  let now = 0
  const limiter = createLoginLimiter({ now: () => now })
  const fail = (times: number, username: string, address: string) => {
    for (let failure = 0; failure < times; failure++) limiter.noteFailure(username, address)
  }
  return { limiter, fail, wait: (ms: number) => (now += ms) }
}

describe('the limit of wrong passwords', () => {
  test('is ten of one user from one address within a minute', () => {
    const { limiter, fail, wait } = setup()
    fail(9, 'alice', '10.0.0.1')
    expect(() => limiter.check('alice', '10.0.0.1')).not.toThrow()
    fail(1, 'alice', '10.0.0.1')
    expect(() => limiter.check('alice', '10.0.0.1')).toThrow('Try again in a minute')
    wait(59_999)
    expect(() => limiter.check('alice', '10.0.0.1')).toThrow('Try again in a minute')
    wait(1)
    expect(() => limiter.check('alice', '10.0.0.1')).not.toThrow()
  })

  test('leaves the user in from elsewhere, and others from there', () => {
    const { limiter, fail } = setup()
    fail(10, 'alice', '10.0.0.1')
    expect(() => limiter.check('alice', '10.0.0.2')).not.toThrow()
    expect(() => limiter.check('bob', '10.0.0.1')).not.toThrow()
  })

  test('is sixty of one address over all users', () => {
    const { limiter, fail } = setup()
    for (let user = 0; user < 12; user++) fail(5, `user-${user}`, '10.0.0.1')
    expect(() => limiter.check('somebody else', '10.0.0.1')).toThrow('Try again in a minute')
    expect(() => limiter.check('somebody else', '10.0.0.2')).not.toThrow()
  })

  test('does not stop who has logged in from there before', () => {
    const { limiter, fail } = setup()
    limiter.noteSuccess('alice', '10.0.0.1')
    for (let user = 0; user < 12; user++) fail(5, `user-${user}`, '10.0.0.1')
    expect(() => limiter.check('alice', '10.0.0.1')).not.toThrow()
  })
})
