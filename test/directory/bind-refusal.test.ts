import { BusyError, InvalidCredentialsError, UnwillingToPerformError } from 'ldapts'
import { describe, expect, it } from 'vitest'
import { isRefusal, whyRefused } from '#directory/bind-refusal.ts'

/** As Active Directory answers. */
function invalid(subCode: string): InvalidCredentialsError {
  const comment = `AcceptSecurityContext error, data ${subCode}, v4563`
  return new InvalidCredentialsError(`80090308: LdapErr: DSID-0C09044E, comment: ${comment}`)
}

describe('what Active Directory adds to "invalid credentials"', () => {
  it.each([
    ['525', 'does not exist'],
    ['530', 'at this hour'],
    ['531', 'from this computer'],
    ['532', 'its password has expired'],
    ['533', 'disabled'],
    ['701', 'it has expired'],
    ['773', 'must be changed'],
    ['775', 'locked out'],
  ])('%s is a refusal whose reason the admin is told', (subCode, reason) => {
    expect(isRefusal(invalid(subCode))).toBe(true)
    expect(whyRefused(invalid(subCode))).toContain(reason)
    expect(whyRefused(invalid(subCode))).toContain(subCode)
  })

  it('52e is a wrong password, as is a server that adds nothing', () => {
    for (const error of [invalid('52e'), new InvalidCredentialsError()]) {
      expect(isRefusal(error)).toBe(true)
      expect(whyRefused(error)).toBeUndefined()
    }
  })

  it.each(['54f', '51f'])('%s is trouble of the server’s own, and no refusal', subCode => {
    expect(isRefusal(invalid(subCode))).toBe(false)
    expect(whyRefused(invalid(subCode))).toContain(subCode)
  })
})

describe('other answers to a login', () => {
  it('are refusals where they are about the account, with the server’s own words', () => {
    const error = new UnwillingToPerformError('Account is inactivated')
    expect(isRefusal(error)).toBe(true)
    expect(whyRefused(error)).toContain('Account is inactivated')
  })

  it('are none where the server has trouble, or the line', () => {
    expect(isRefusal(new BusyError('data 52e'))).toBe(false)
    expect(isRefusal(new Error('data 52e'))).toBe(false)
  })
})
