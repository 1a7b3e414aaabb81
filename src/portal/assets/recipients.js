// A field of recipients works without this, as lines of text. It shows each recipient by itself, and suggests contacts and people
// of the directory while one types (a combobox as in the ARIA Authoring Practices, with automatic display and manual choice).
'use strict'
;(() => {
  const area = document.querySelector('textarea[data-suggestions]')
  if (!area) return
  const say = JSON.parse(area.dataset.suggestions)
  const waitMs = 150

  const field = document.createElement('div')
  field.className = 'recipients-field'
  const list = document.createElement('ul')
  list.className = 'chosen'
  list.setAttribute('aria-label', say.chosen)
  const input = document.createElement('input')
  const options = document.createElement('ul')
  const spoken = document.createElement('p')
  spoken.className = 'unseen'
  spoken.setAttribute('role', 'status')
  const tell = text => (spoken.textContent = text)

  // The label, the hint, and links to what is wrong lead to the new field. The text stays what is sent.
  const id = area.id
  area.removeAttribute('id')
  area.hidden = true
  Object.assign(input, { id, type: 'text', autocomplete: 'off', spellcheck: false, autocapitalize: 'none' })
  Object.assign(options, { id: `${id}-options`, className: 'options', hidden: true })
  for (const name of ['aria-describedby', 'aria-invalid'])
    if (area.hasAttribute(name)) input.setAttribute(name, area.getAttribute(name))
  const states = {
    role: 'combobox',
    'aria-autocomplete': 'list',
    'aria-expanded': 'false',
    'aria-controls': options.id,
  }
  for (const [name, value] of Object.entries(states)) input.setAttribute(name, value)
  options.setAttribute('role', 'listbox')
  options.setAttribute('aria-label', say.suggestions)
  field.append(list, input, options, spoken)
  area.after(field)

  // Recipients that are there already

  let chosen = []

  /** In quotes and angle brackets, a comma separates nothing; as the server reads it. */
  function entriesOf(text) {
    const entries = text.match(/(?:"[^"\r\n]*"|<[^<>\r\n]*>|[^,;\t\r\n])+/g) ?? []
    return entries.flatMap(entry => {
      const words = entry.trim().split(/\s+/)
      // Addresses with only blanks between them.
      return words.length > 1 && words.every(word => /^[^<>"]+@[^<>"]+$/.test(word)) ? words : [entry.trim()]
    })
  }

  function keep() {
    area.value = [...chosen, input.value.trim()].filter(Boolean).join(', ')
    area.dispatchEvent(new Event('input', { bubbles: true }))
  }

  function addAll(text) {
    for (const entry of entriesOf(text))
      if (entry !== '' && !chosen.some(each => each.toLowerCase() === entry.toLowerCase())) chosen.push(entry)
    show()
    keep()
  }

  function remove(entry) {
    chosen = chosen.filter(each => each !== entry)
    show()
    keep()
    tell(`${say.removed} ${entry}`)
    input.focus()
  }

  function show() {
    list.hidden = chosen.length === 0
    list.replaceChildren(
      ...chosen.map(entry => {
        const item = document.createElement('li')
        const name = document.createElement('bdi')
        name.textContent = entry
        const button = document.createElement('button')
        button.type = 'button'
        button.className = 'quiet'
        button.textContent = '×'
        button.setAttribute('aria-label', `${say.remove} ${entry}`)
        button.addEventListener('click', () => remove(entry))
        item.append(name, button)
        return item
      }),
    )
  }

  /** What was typed becomes a recipient. False where there was nothing. */
  function settle() {
    const text = input.value
    input.value = ''
    close()
    if (text.trim() === '') return false
    addAll(text)
    return true
  }

  // Suggestions

  let found = []
  let active = -1
  let timer
  let asked = 0

  function close() {
    clearTimeout(timer)
    asked += 1
    found = []
    active = -1
    options.hidden = true
    options.replaceChildren()
    input.setAttribute('aria-expanded', 'false')
    input.removeAttribute('aria-activedescendant')
  }

  async function ask() {
    const text = input.value.trim()
    if (text === '') return close()
    const mine = (asked += 1)
    try {
      const answer = await fetch(`/suggestions?typed=${encodeURIComponent(text)}`, {
        headers: { accept: 'application/json' },
      })
      const suggestions = answer.ok ? await answer.json() : []
      // An answer that was overtaken by another letter is none.
      if (mine === asked) offer(suggestions)
    } catch {
      if (mine === asked) close()
    }
  }

  function offer(suggestions) {
    if (suggestions.length === 0) return close()
    // Whoever has gone to a suggestion already stays there, where it is still one.
    const same = active >= 0 ? JSON.stringify(found[active]) : null
    found = suggestions
    active = suggestions.findIndex(each => JSON.stringify(each) === same)
    options.replaceChildren(...suggestions.map(makeOption))
    options.hidden = false
    input.setAttribute('aria-expanded', 'true')
    mark()
    tell(`${say.count} ${suggestions.length}`)
  }

  function makeOption({ name, addresses }, index) {
    const option = document.createElement('li')
    option.id = `${options.id}-${index}`
    option.setAttribute('role', 'option')
    option.setAttribute('aria-selected', 'false')
    const title = document.createElement('bdi')
    title.textContent = name || addresses[0]
    const note = document.createElement('span')
    note.className = 'note'
    const group = addresses.length > 1 ? `${say.group} ${addresses.length}: ` : ''
    note.textContent = name ? ` ${group}${addresses.join(', ')}` : ''
    option.append(title, note)
    // Before the field loses the focus, and with it its suggestions.
    option.addEventListener('pointerdown', event => event.preventDefault())
    option.addEventListener('click', () => choose(index))
    return option
  }

  function move(step) {
    if (found.length === 0) return void ask()
    active = active === -1 && step < 0 ? found.length - 1 : (active + step + found.length) % found.length
    mark()
  }

  function mark() {
    for (const [index, option] of [...options.children].entries())
      option.setAttribute('aria-selected', String(index === active))
    const option = options.children[active]
    if (!option) return input.removeAttribute('aria-activedescendant')
    input.setAttribute('aria-activedescendant', option.id)
    option.scrollIntoView({ block: 'nearest' })
  }

  /** A group is put down as all that are in it: its sender sees whom it goes to, and can leave out somebody. */
  function choose(index) {
    const { name, addresses } = found[index]
    input.value = ''
    close()
    addAll(addresses.length > 1 ? addresses.join(', ') : written(name, addresses[0]))
    tell(`${say.added} ${name || addresses[0]}`)
    input.focus()
  }

  function written(name, address) {
    if (name === '' || name === address) return address
    return `${/[,;"<>@\t]/.test(name) ? `"${name.replaceAll('"', '')}"` : name} <${address}>`
  }

  // Keys and pasting

  const keys = {
    ArrowDown: () => move(1),
    ArrowUp: () => found.length > 0 && move(-1),
    Escape: () => close(),
    // Never sends the form.
    Enter: () => (active >= 0 ? choose(active) : settle()),
  }
  input.addEventListener('keydown', event => {
    if (event.isComposing) return
    if (keys[event.key]) {
      if (event.key !== 'Escape' || found.length > 0) event.preventDefault()
      keys[event.key]()
    } else if ((event.key === ',' || event.key === ';') && !isInQuotes()) {
      event.preventDefault()
      settle()
    } else if (event.key === 'Backspace' && input.value === '' && chosen.length > 0) {
      event.preventDefault()
      input.value = chosen.pop()
      show()
      keep()
    }
  })
  const isInQuotes = () => input.value.split('"').length % 2 === 0

  input.addEventListener('input', () => {
    keep()
    clearTimeout(timer)
    timer = setTimeout(ask, waitMs)
  })
  input.addEventListener('paste', event => {
    const text = event.clipboardData?.getData('text') ?? ''
    // A field of one line would put the lines of a list together.
    if (!/[,;\t\r\n]/.test(text.trim())) return
    event.preventDefault()
    input.value += text.replaceAll(/[\r\n]+/g, ', ')
    settle()
  })
  // What is settled takes a line of its own: a button that is being pressed must not move away from below the pointer.
  let isPressed = false
  addEventListener('pointerdown', () => (isPressed = true), true)
  for (const name of ['pointerup', 'pointercancel'])
    addEventListener(name, () => setTimeout(() => ((isPressed = false), settleElsewhere())), true)
  input.addEventListener('blur', settleElsewhere)

  function settleElsewhere() {
    if (!isPressed && document.activeElement !== input) settle()
  }

  addAll(area.value)
})()
