// Pages with several forms work without this. It keeps what somebody has typed into one of them and not sent yet, for this tab: it is
// there again after a reload, in the other language, and after another form of the page was sent.
'use strict'
;(() => {
  const key = `kuvert-typed:${location.pathname}`
  const forms = [...document.querySelectorAll('form[data-typed]')]
  const fields = forms
    .flatMap(form => [...form.elements])
    .filter(field => field.id && field.name && field.type !== 'file')
  // The name of a field, since a script may give its id to another one.
  const nameOf = new Map(fields.map(field => [field, field.id]))
  const isBox = field => ['checkbox', 'radio'].includes(field.type)
  const valueOf = field => (isBox(field) ? field.checked : field.value)
  const before = new Map(fields.map(field => [field, valueOf(field)]))

  const kept = read()
  for (const field of fields) {
    const { was, now } = kept[nameOf.get(field)] ?? {}
    // It was changed elsewhere meanwhile.
    if (now === undefined || was !== before.get(field)) continue
    if (isBox(field)) field.checked = now
    else field.value = now
    field.closest('details')?.setAttribute('open', '')
  }

  for (const form of forms) {
    form.addEventListener('input', () => write([]))
    form.addEventListener('submit', event => event.defaultPrevented || write([...form.elements]))
  }

  function read() {
    try {
      return JSON.parse(sessionStorage.getItem(key)) ?? {}
    } catch {
      return {}
    }
  }

  /** What is `sent` is the server's now. */
  function write(sent) {
    const changed = fields.filter(field => !sent.includes(field) && valueOf(field) !== before.get(field))
    const entries = changed.map(field => [nameOf.get(field), { was: before.get(field), now: valueOf(field) }])
    try {
      sessionStorage.setItem(key, JSON.stringify(Object.fromEntries(entries)))
    } catch {
      // It is full, or turned off.
    }
  }
})()
