import { expect, test } from 'vitest'
import { readPathCommand } from '#gateway/commands/path-command.ts'

test.each([
  ['MAIL FROM', 'MAIL FROM:<a@example.org>', 'a@example.org', []],
  ['MAIL FROM', 'mail from: <A@Example.ORG> SIZE=10 body=8BITMIME', 'A@Example.ORG', ['SIZE=10', 'body=8BITMIME']],
  ['MAIL FROM', 'MAIL FROM:<>', '', []],
  ['MAIL FROM', 'MAIL FROM:<> ENVID=a+2Bb', '', ['ENVID=a+2Bb']],
  ['RCPT TO', 'RCPT TO:<z@xn--bcher-kva.example>', 'z@xn--bcher-kva.example', []],
  ['RCPT TO', 'RCPT TO:<"john doe"@example.org> NOTIFY=NEVER', '"john doe"@example.org', ['NOTIFY=NEVER']],
  ['RCPT TO', 'RCPT TO:<"a@b"@example.org>', '"a@b"@example.org', []],
  ['RCPT TO', 'RCPT TO:<"a>b\\"c"@example.org>', '"a>b\\"c"@example.org', []],
  ['RCPT TO', 'RCPT TO:<å@example.org>', 'å@example.org', []],
  ['RCPT TO', 'RCPT TO:<Postmaster>', 'Postmaster', []],
  ['RCPT TO', 'RCPT TO:<@relay.example:a@example.org>', '@relay.example:a@example.org', []],
  ['RCPT TO', 'RCPT TO:<user.@u_x.example>', 'user.@u_x.example', []],
] as const)('%s: %s is read verbatim', (verb, line, address, parameters) => {
  expect(readPathCommand(verb, line)).toEqual({ address, parameters })
})

test.each([
  ['MAIL FROM', 'MAIL FROM:a@example.org'],
  ['MAIL FROM', 'MAIL TO:<a@example.org>'],
  ['MAIL FROM', 'MAIL'],
  ['RCPT TO', 'RCPT TO:<>'],
  ['RCPT TO', 'RCPT TO:<nobody>'],
  ['RCPT TO', 'RCPT TO:<a@>'],
  ['RCPT TO', 'RCPT TO:<@example.org>'],
  ['RCPT TO', 'RCPT TO:<a b@example.org>'],
  ['RCPT TO', 'RCPT TO:<a@example.org>> X'],
  ['RCPT TO', 'RCPT TO:<a\u0000@example.org>'],
  ['RCPT TO', 'RCPT TO:<a\r\nDATA@example.org>'],
  ['RCPT TO', `RCPT TO:<${'a'.repeat(900)}@example.org>`],
] as const)('%s: %s is a syntax error', (verb, line) => {
  expect(readPathCommand(verb, line)).toBeNull()
})
