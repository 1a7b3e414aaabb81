import { expect, test } from 'vitest'
import { replyReason } from '#courier/send/reply-reason.ts'

test.each([
  ['550 5.1.1 No such user', 'unknown-address'],
  ['550 5.1.2 Bad destination system', 'unknown-address'],
  ['550 User unknown', 'unknown-address'],
  ['550 5.2.1 Mailbox disabled', 'unknown-address'],
  ['552 5.2.2 Mailbox full', 'mailbox-full'],
  ['552 5.3.4 Message too big', 'too-large'],
  ['552-5.2.3 Message too big', 'too-large'],
  ['554 5.7.1 Relay access denied', 'not-allowed'],
  ['554 Transaction failed', 'refused'],
  ['450 4.2.0 Greylisted', 'deferred'],
  ['450 User unknown, or not yet', 'deferred'],
])('"%s" is %s', (reply, reason) => {
  expect(replyReason(reply)).toBe(reason)
})
