import { expect, test } from 'vitest'
import { makeHeaderRoom } from '#gateway/data/header-room.ts'

const mebibyte = 1024 ** 2
const full = expect.objectContaining({ code: 'SCRATCH_FULL' })

test('many long header sections at once are too much, until one of their mails has gone', () => {
  const room = makeHeaderRoom()
  const mails = Array.from({ length: 17 }, () => room.enter())
  for (const mail of mails) mail.makeRoom(900 * 1024)
  const another = room.enter()
  for (const grown of [mebibyte / 2, mebibyte]) mails[0]!.makeRoom(grown)
  expect(() => {
    for (let count = 0; count < 3; count++) room.enter().makeRoom(mebibyte)
  }).toThrow(full)
  expect(() => another.makeRoom(mebibyte)).toThrow(full)
  for (const mail of mails.slice(0, 2)) mail.leave()
  another.makeRoom(mebibyte)
})

test('short header sections need no room', () => {
  const room = makeHeaderRoom()
  for (let count = 0; count < 10_000; count++) room.enter().makeRoom(64 * 1024)
  room.enter().makeRoom(mebibyte)
})

test('what a mail has taken is given back once', () => {
  const room = makeHeaderRoom()
  for (let count = 0; count < 100; count++) {
    const mail = room.enter()
    mail.makeRoom(mebibyte / 2)
    mail.makeRoom(mebibyte)
    mail.leave()
    mail.leave()
  }
  const mails = Array.from({ length: 17 }, () => room.enter())
  for (const mail of mails) mail.makeRoom(mebibyte)
  expect(() => room.enter().makeRoom(mebibyte)).toThrow(full)
})
