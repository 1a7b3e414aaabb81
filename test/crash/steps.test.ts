import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import {
  bounced,
  changed,
  copy,
  download,
  marked,
  pointsOf,
  settled,
  unmarked,
  uploaded,
  upkeep,
  written,
} from './steps.ts'

const source = new URL('../../src/', import.meta.url)
const steps = {
  ...marked,
  ...unmarked,
  ...copy,
  ...bounced,
  ...download,
  ...written,
  ...changed,
  ...settled,
  ...upkeep,
}
/** Folders in which nothing is changed: a connection is accepted, a form is read, or something is shown. */
const noSteps = [
  'gateway/accept',
  'portal/assets',
  'portal/options',
  'portal/received',
  'portal/recipients',
  'portal/view',
]

test('a process is killed at every step of every path: whoever adds a step says where in it', () => {
  const folders = ['gateway', 'seal', 'courier', 'portal', 'upkeep'].flatMap(path =>
    readdirSync(new URL(path, source), { withFileTypes: true })
      .filter(entry => entry.isDirectory())
      .map(entry => `${path}/${entry.name}`),
  )
  expect(Object.keys(steps).toSorted()).toEqual(folders.filter(folder => !noSteps.includes(folder)).toSorted())
})

test.each([...pointsOf(steps), ...pointsOf(uploaded)].filter(({ at, when }) => when === 'before' && at.includes('#')))(
  '$at is there',
  ({ at }) => {
    const [file = '', name = ''] = at.split('#')
    expect(readFileSync(new URL(file, source), 'utf8')).toMatch(
      new RegExp(`^export (async )?function\\*? ${name}\\b`, 'm'),
    )
  },
)
