import { expect, test } from 'vitest'
import type { Classified } from '#gateway/classify/classify.ts'
import { Failure } from '#failure.ts'
import { classifySubject, configured } from '../../support/arrive.ts'

function outcome(attempt: () => Classified): string {
  try {
    return attempt().marked ? 'marked' : 'passes'
  } catch (error) {
    if (error instanceof Failure) return error.code
    throw error
  }
}

test.each([
  ['Cyrillic', '[ѕесurе] Hello'],
  ['Cyrillic in capitals', '[ЅЕСURЕ] Hello'],
  ['Cyrillic with a diaeresis', '[ѕӓкеr] Hej'],
  ['Cyrillic letters and a mark of its own', '[ѕа\u0308кеr] Hej'],
  ['Greek', '[ѕεϲυrε] Hello'],
  ['small capitals', '[ꜱᴇᴄᴜʀᴇ] Hello'],
  ['letters in squares', '[🆂🅴🅲🆄🆁🅴] Hello'],
  ['letters in circles', '[🅢🅔🅒🅤🅡🅔] Hello'],
  ['letters of flags', '[🇸\u200b🇪\u200b🇨\u200b🇺\u200b🇷\u200b🇪] Hello'],
  ['letters of mathematics', '[𝐬𝒆𝓬𝔲𝕣𝖊] Hello'],
  ['Lisu', '[ꓢꓰꓚꓴꓣꓰ] Hello'],
  ['Cherokee', '[ᏚᎬᏟᏌᎡᎬ] Hello'],
  ['struck letters', '[s̶e̶c̶u̶r̶e̶] Hello'],
  ['letters from right to left', '\u202e[rekäs]\u202c Hej'],
  ['letters and words from right to left', '\u202eolleH [1 xam ,eruces]'],
  ['brackets with a quill', '⁅secure⁆ Hello'],
  ['angle brackets', '〈secure〉 Hello'],
  ['mathematical angle brackets', 'Hello ⟨säker, max 1⟩'],
  ['white parentheses', '⦅säker⦆ Hej'],
  ['full-width parentheses', '（secure） Hello'],
  ['an unusual dash and options', '[ѕесurе – max 1] Hello'],
])('a tag in %s is sealed or refused', (_, subject) => {
  expect(outcome(() => classifySubject(subject))).not.toBe('passes')
})

test('options in look-alikes, and days with other dashes, are understood', () => {
  const marked = classifySubject('[ѕесurе, рrіvаtе, 2026‑12‑31] Hello')
  expect(marked).toMatchObject({
    marked: true,
    options: { private: true, expiresAt: new Date(2026, 11, 31, 23, 59, 59) },
  })
})

test("an admin's keyword in another script is compared, and shown, as it is written", () => {
  const settings = { keywords: ['Важно', 'ασφαλές'] }
  expect(configured(settings).classify.keywords[0]).toBe('Важно')
  expect(outcome(() => classifySubject('[важно] Привет', settings))).toBe('marked')
  expect(outcome(() => classifySubject('[ΑΣΦΑΛΈΣ] Γεια', settings))).toBe('marked')
  expect(() => classifySubject('[вважно] Привет', settings)).toThrow('"[важно]"')
})

test.each([
  'Важное сообщение',
  '[Секрет] Отчёт за октябрь',
  '[Срочно] Согласование договора',
  '[Сервер] Плановые работы',
  'Re: [Кадры] Отпуск',
  '[Σύσκεψη] Ατζέντα',
  '[Επείγον] Προσφορά',
  'Απάντηση: [Σέρρες] Πρόγραμμα',
  '[секция] Расписание',
  '[Скоро] Новости',
  '[Сахар] Поставка',
  '[СССР] История',
  '[Ёлка] Праздник',
  '「安全」のお知らせ',
  '【重要】会議',
  '〈お知らせ〉 会議',
  '《关于会议》 通知',
  '[안내] 회의',
  '„Sicher“ durch den Winter',
  '”Säker” vinter',
  '“Secure” by default',
  'Räksmörgås på torsdag – ta med egna kuvert',
  'Möte (säkerhet) kl. 13–15',
  'Ærø og Øresund [Sørlandet]',
])('an ordinary subject passes: %s', subject => {
  expect(outcome(() => classifySubject(subject))).toBe('passes')
})
