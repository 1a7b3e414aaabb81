import { Readable } from 'node:stream'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { isFailure } from '#failure.ts'
import type { NextHop } from '#next-hop/next-hop.ts'
import { dottyMail, failing, inPieces, sendOne } from './support.ts'

/** A next hop to be held to the contract, and what it keeps: one entry for each mail and recipient. */
export interface NextHopUnderTest {
  hop: NextHop
  kept(): Promise<{ recipient: string; bytes: Buffer }[]>
  /** Including what is not whole yet. */
  isEmpty(): Promise<boolean>
  clear(): Promise<void>
  stop(): Promise<void>
}

/** What both next hops promise, word by word as in `NextHopSession`. */
export function describeNextHop(name: string, start: () => Promise<NextHopUnderTest>): void {
  describe(`${name} keeps the contract of a next hop`, () => {
    let subject: NextHopUnderTest
    beforeAll(async () => {
      subject = await start()
    })
    beforeEach(() => subject.clear())
    afterAll(() => subject.stop())

    const begin = async (...recipients: string[]) => {
      const session = await subject.hop.open()
      expect(await session.mail('s@example.org', ['BODY=8BITMIME', 'SMTPUTF8'])).toMatchObject({ code: 250 })
      for (const recipient of recipients) expect(await session.rcpt(recipient, [])).toMatchObject({ code: 250 })
      return session
    }

    test.each([
      ['1', () => 1],
      ['2', () => 2],
      ['3', () => 3],
      ['7', () => 7],
      ['random', () => Math.ceil(Math.random() * 40)],
      ['all', () => dottyMail.length],
    ])('a mail in chunks of %s bytes arrives byte for byte, for each recipient', async (_, size) => {
      const session = await begin('a@example.org', 'å@example.org')
      expect(await session.data(inPieces(dottyMail, size))).toMatchObject({ code: 250 })
      session.release()
      const kept = await subject.kept()
      expect(kept.map(mail => mail.recipient).toSorted()).toEqual(['a@example.org', 'å@example.org'])
      for (const mail of kept) expect(mail.bytes.toString('latin1')).toBe(dottyMail.toString('latin1'))
    })

    test('an empty source is an empty mail', async () => {
      const session = await begin('a@example.org')
      expect(await session.data(Readable.from([]))).toMatchObject({ code: 250 })
      expect((await subject.kept()).map(mail => mail.bytes.length)).toEqual([0])
      session.release()
    })

    test.each([
      ['without CRLF at its end', 'a\r\nb'],
      ['with a bare line feed at its end', 'a\r\nb\n'],
      ['ending in the middle of CRLF', 'a\r\nb\r'],
    ])('a mail %s is our bug, and is not handed over', async (_, text) => {
      const session = await begin('a@example.org')
      const source = inPieces(Buffer.from(text), () => 1)
      const error = await session.data(source).catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(Error)
      expect(isFailure(error)).toBe(false)
      await expect(session.mail('s@example.org', [])).rejects.toMatchObject({ code: 'NEXT_HOP_AWAY' })
      expect(await subject.isEmpty()).toBe(true)
    })

    test('a source that fails is not handed over, and its own error is thrown', async () => {
      const session = await begin('a@example.org')
      const own = new Error('The client is gone.')
      const source = failing('whole line\r\n', own)
      expect(await session.data(source).catch((thrown: unknown) => thrown)).toBe(own)
      expect(source.destroyed).toBe(true)
      await expect(session.mail('s@example.org', [])).rejects.toMatchObject({ code: 'NEXT_HOP_AWAY' })
      session.release()
      expect(await subject.isEmpty()).toBe(true)
    })

    test('a source that had failed before it was read is not handed over', async () => {
      const session = await begin('a@example.org')
      const own = new Error('The client was gone.')
      const source = new Readable({ read: () => undefined })
      source.push('whole line\r\n')
      source.destroy(own)
      expect(await session.data(source).catch((thrown: unknown) => thrown)).toBe(own)
      expect(await subject.isEmpty()).toBe(true)
    })

    test('a source that is destroyed without an error is not handed over', async () => {
      const session = await begin('a@example.org')
      const source = new Readable({ read: () => undefined })
      source.push('whole line\r\n')
      setTimeout(() => source.destroy(), 20)
      await expect(session.data(source)).rejects.toThrow('Premature close')
      expect(await subject.isEmpty()).toBe(true)
    })

    test('a session that is destroyed in the middle of a mail hands nothing over', async () => {
      const session = await begin('a@example.org')
      // Once the mail is being read, however long its go-ahead took: what is there is enough for it until then.
      const source = new Readable({ highWaterMark: 1, read: () => void setTimeout(session.destroy, 20) })
      source.push('whole line\r\n')
      await expect(session.data(source)).rejects.toMatchObject({ code: 'NEXT_HOP_AWAY' })
      expect(source.destroyed).toBe(true)
      expect(await subject.isEmpty()).toBe(true)
    })

    test('a session that is destroyed before the end of the mail is said hands nothing over', async () => {
      const session = await begin('a@example.org')
      const mail = async function* () {
        yield Buffer.from('a\r\n')
        session.destroy()
      }
      const result = session.data(Readable.from(mail()))
      await expect(result).rejects.toMatchObject({ code: 'NEXT_HOP_AWAY' })
      expect(await subject.isEmpty()).toBe(true)
    })

    test('a command after the release is our bug', async () => {
      const session = await begin('a@example.org')
      session.release()
      await expect(session.rcpt('b@example.org', [])).rejects.toThrow('released')
      await expect(session.data(Readable.from(['x\r\n']))).rejects.toThrow('released')
    })

    test.each(['a\r\n@example.org', 'a\0@example.org', 'a>@example.org', '<a@example.org', 'a\n@example.org'])(
      'the address %j is refused as our bug before anything is said',
      async address => {
        const session = await begin('a@example.org')
        const error = await session.rcpt(address, []).catch((thrown: unknown) => thrown)
        expect(error).toBeInstanceOf(Error)
        expect(isFailure(error)).toBe(false)
        const parameter = `NOTIFY=${address} b\r\n`
        await expect(session.rcpt('b@example.org', [parameter])).rejects.toThrow('cannot be written')
        expect(await session.data(Readable.from(['x\r\n']))).toMatchObject({ code: 250 })
        await expect(session.mail(address, [])).rejects.toThrow('cannot be written')
        expect(await subject.kept()).toHaveLength(1)
        session.release()
      },
    )

    test('recipients of a transaction that was given up do not get the next mail', async () => {
      const session = await begin('unwanted@example.org')
      session.release()
      const next = await subject.hop.open()
      expect(await sendOne(next, 'x\r\n', 'wanted@example.org')).toMatchObject({ code: 250 })
      next.release()
      expect((await subject.kept()).map(mail => mail.recipient)).toEqual(['wanted@example.org'])
    })

    test('one session carries several mails', async () => {
      const session = await subject.hop.open()
      for (const text of ['1\r\n', '2\r\n', '3\r\n']) expect(await sendOne(session, text)).toMatchObject({ code: 250 })
      session.release()
      expect((await subject.kept()).map(mail => mail.bytes.toString()).toSorted()).toEqual(['1\r\n', '2\r\n', '3\r\n'])
    })

    test('a session says what the next hop can', async () => {
      const session = await subject.hop.open()
      for (const keyword of ['8BITMIME', 'SMTPUTF8', 'DSN']) expect(session.extensions.has(keyword)).toBe(true)
      session.release()
    })
  })
}
