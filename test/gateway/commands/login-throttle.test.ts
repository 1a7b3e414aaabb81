import { expect, test } from 'vitest'
import { makeLoginThrottle } from '#gateway/commands/login-throttle.ts'

const settings = { failedLogins: 2, failedLoginsPerAddress: 4, failedLoginMinutes: 15 }
const throttled = expect.objectContaining({ code: 'LOGIN_THROTTLED' })

test('an account is throttled after its failures, in any spelling, and free again after the window', () => {
  let now = 0
  const throttle = makeLoginThrottle(settings, () => now)
  throttle.begin('Anna', '192.0.2.1')
  throttle.begin(' anna', '192.0.2.2')
  expect(() => throttle.begin('ANNA', '192.0.2.3')).toThrow(throttled)
  now = 15 * 60_000
  expect(() => throttle.begin('anna', '192.0.2.3')).not.toThrow()
})

test('an address is throttled over all the accounts it tries', () => {
  const throttle = makeLoginThrottle(settings)
  for (const login of ['a', 'b', 'c', 'd']) throttle.begin(login, '192.0.2.1')
  expect(() => throttle.begin('e', '192.0.2.1')).toThrow(throttled)
  expect(() => throttle.begin('e', '192.0.2.2')).not.toThrow()
})

test('attempts that run at the same time are all counted', () => {
  const throttle = makeLoginThrottle(settings)
  throttle.begin('anna', '192.0.2.1')
  throttle.begin('anna', '192.0.2.1')
  expect(() => throttle.begin('anna', '192.0.2.1')).toThrow(throttled)
})

test('a success clears the account, a directory that is away counts nothing', () => {
  const throttle = makeLoginThrottle(settings)
  throttle.begin('anna', '192.0.2.1')
  throttle.begin('anna', '192.0.2.1').succeeded()
  throttle.begin('anna', '192.0.2.1').forget()
  throttle.begin('anna', '192.0.2.1')
  expect(() => throttle.begin('anna', '192.0.2.1')).not.toThrow()
})

test('strangers use up nothing of a client that has logged in before', () => {
  const throttle = makeLoginThrottle(settings)
  throttle.remember('Anna', '192.0.2.1')
  for (const host of [2, 3]) throttle.begin('anna', `192.0.2.${host}`)
  expect(() => throttle.begin('anna', '192.0.2.4')).toThrow(throttled)
  for (const login of ['anna', 'ANNA']) throttle.begin(login, '192.0.2.1')
  expect(() => throttle.begin('anna', '192.0.2.1')).toThrow(throttled)
})
