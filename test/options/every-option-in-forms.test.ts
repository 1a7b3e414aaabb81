import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chooseOptions } from '#options/choose-options.ts'
import { optionNames, optionRecords } from '#options/option-records.ts'
import { choosable, settleOptions } from '#portal/options/choose.ts'
import { readContent } from '#portal/options/draft-content.ts'
import { formNames, optionFields } from '#portal/options/form-values.ts'
import { openBrowser, type Browser } from '../support/browser.ts'
import { startTestKuvert, type TestKuvert } from '../support/kuvert.ts'
import { exampleOf } from './example-of.ts'

let kuvert: TestKuvert
/** Anna may choose, Bertil may not, and Cecilia within bounds that the examples are outside of. */
beforeAll(async () => {
  const examples = optionNames.flatMap(name => {
    const { bound } = optionRecords[name]
    return bound ? [[bound.name, bound.example]] : []
  })
  const locked = { sender: 'bertil@kommun.example', locked: optionNames }
  const bounded = { sender: 'cecilia@kommun.example', ...(Object.fromEntries(examples) as object) }
  kuvert = await startTestKuvert({ classify: { bounds: [locked, bounded] } }, ['portal'])
})
afterAll(() => kuvert.close())

async function staff(login: string): Promise<{ browser: Browser; at: string }> {
  const browser = openBrowser(kuvert.portalUrl)
  await browser.post('/login', { login, password: `${login}-ord` })
  return { browser, at: (await browser.get('/new')).headers.get('location')! }
}

/** What a browser would post of a page: the values of its fields by their names. */
async function fieldsOf(browser: Browser, path: string): Promise<Record<string, string>> {
  const inputs = [...(await (await browser.get(path)).text()).matchAll(/<input\b([^>]*)>/g)].map(([, attributes]) => {
    const given = [...attributes!.matchAll(/([\w-]+)(?:="([^"]*)")?/g)]
    return Object.fromEntries(given.map(([, name, value = '']) => [name!, value])) as Record<string, string>
  })
  const posted = inputs.filter(({ type, checked, disabled }) => {
    const isChosen = (type !== 'radio' && type !== 'checkbox') || checked !== undefined
    return isChosen && disabled === undefined
  })
  return Object.fromEntries(posted.map(({ name = '', value = '' }) => [name, value]))
}

/** A typed value as it is posted; nothing for a box that is not ticked. */
function asPosted(typed: string | boolean): string | undefined {
  return typeof typed === 'boolean' ? (typed ? 'yes' : undefined) : typed
}

const filled = (fields: Record<string, string | undefined>) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Record<string, string>

test('each option that has a field in the forms is among those that are walked', () => {
  expect(formNames).toEqual(optionNames.filter(name => optionRecords[name].form !== null))
})

describe.each(formNames)('%s', name => {
  const { label } = optionRecords[name].form!
  const { postedAs, defaults } = optionFields[name]
  const { value, set } = exampleOf(name)
  const settable = typeof set === 'boolean' ? asPosted(set) : String(set)
  const typed = asPosted(optionFields[name].typed(value as never, new Date()))

  async function posted(login: string, action: string) {
    const { browser, at } = await staff(login)
    const fields = await fieldsOf(browser, at)
    const form = { ...fields, to: 'anna@kommun.example', subject: 'S', text: 'T', [postedAs]: typed, do: action }
    const answer = await browser.post(at, filled(form))
    return { page: await answer.text(), status: answer.status, at, browser }
  }

  test('the form of a message has its field, and keeps what is chosen in it', async () => {
    const { browser, at } = await posted('anna', 'save')
    const page = await (await browser.get(at)).text()
    expect(page).toContain(label.sv)
    expect((await fieldsOf(browser, at))[postedAs]).toBe(typed)
    const fresh = (await browser.get('/new')).headers.get('location')!
    expect((await fieldsOf(browser, fresh))[postedAs]).not.toBe(typed)
  })

  test('a message is sent with what was chosen', () => {
    const { settings } = kuvert.deps
    const chosen = choosable(settings, {}, { sender: 'anna@kommun.example', recipients: [] })
    const now = new Date()
    const settled = settleOptions(settings, chosen, {
      content: readContent(filled({ [postedAs]: typed })),
      own: {},
      now,
    })
    const asSet = [{ origin: 'default', options: { [optionRecords[name].setting.name]: set } }]
    const { options } = chooseOptions({ sender: [], set: asSet, language: settings.language }, chosen.limits, now)
    const field = name === 'expires' ? 'expiresAt' : name
    expect(settled).toHaveProperty(`options.${field}`, options[field])
  })

  test('if it is locked, the form shows it and nobody can change it', async () => {
    const { browser, at } = await posted('bertil', 'save')
    const page = await (await browser.get(at)).text()
    expect(page).toContain(label.sv)
    expect(await fieldsOf(browser, at)).not.toHaveProperty(postedAs)
  })

  test('it is held to its bound, and cannot be changed if that leaves no choice', async () => {
    const { bound, isFlag } = optionRecords[name]
    const { page, status } = await posted('cecilia', 'send-anyway')
    const isRefused = bound !== null && !isFlag
    expect([status, page.includes(`<a href="#${name}">`)]).toEqual([isRefused ? 422 : 303, isRefused])
    const isSettled = bound !== null && isFlag
    const { browser, at } = await staff('cecilia')
    if (isSettled) expect(await fieldsOf(browser, at)).not.toHaveProperty(postedAs)
  })

  test('the account page has its field, and what is chosen there is chosen in a new message', async () => {
    const { browser } = await staff('anna')
    const before = await fieldsOf(browser, '/account')
    await browser.post('/account/defaults', filled({ ...before, [defaults.postedAs]: settable }))
    expect((await fieldsOf(browser, '/account'))[defaults.postedAs]).toBe(settable)
    const fresh = (await browser.get('/new')).headers.get('location')!
    expect((await fieldsOf(browser, fresh))[postedAs]).toBe(typed)
    await browser.post('/account/defaults', before)
  })
})
