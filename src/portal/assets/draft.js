// The page where a message is written works without this. It saves the draft while one writes, and begins where something is wrong.
// Until the server has answered that it has saved a text, the browser keeps it: no reload, no closed tab and no slow server loses it.
'use strict'
;(() => {
  const prefix = 'kuvert-draft:'
  const form = document.getElementById('compose')
  if (!form) return forget()
  const say = JSON.parse(form.dataset.words)
  const key = prefix + form.dataset.keptAs
  const pauseMs = 1500
  /** Somebody who leaves does not wait longer than this for a save; what is not saved by then is kept. */
  const leaveMs = 5000
  /** What is kept of other accounts in this browser is forgotten after this time. */
  const othersMs = 86_400_000

  const note = document.createElement('p')
  note.className = 'hint'
  note.setAttribute('role', 'status')
  form.append(note)

  // Each save has a number, later ones a higher one, so that the server can tell which of two is the later one.
  let revision = Number(form.elements.revision.value)
  const kept = read(key)
  const isNewer = kept !== null && kept.revision > revision
  if (isNewer) {
    fillIn(kept.fields)
    revision = kept.revision
  } else drop(key)
  let isLeaving = false
  let timer
  let saved

  // Once the other scripts have made of the fields what they make of them.
  addEventListener('DOMContentLoaded', () => {
    saved = isNewer ? null : written()
    if (isNewer) changed()
    form.addEventListener('input', changed)
    sendLeftovers()
    document.querySelector('main [role=alert]')?.focus()
  })

  form.addEventListener('submit', event => {
    if (event.defaultPrevented) return
    isLeaving = true
    form.elements.revision.value = revision
  })
  // Whoever logs out can save nothing any more.
  addEventListener('submit', event => {
    if (event.target === form || event.defaultPrevented || written() === saved) return
    event.preventDefault()
    save(AbortSignal.timeout(leaveMs)).finally(() => event.target.submit())
  })
  addEventListener('pagehide', () => {
    if (isLeaving || written() === saved) return
    navigator.sendBeacon(form.action, numbered())
  })
  addEventListener('pageshow', () => (isLeaving = false))

  function changed() {
    // Somebody who was asked whether to leave has stayed.
    isLeaving = false
    keep()
    clearTimeout(timer)
    timer = setTimeout(save, pauseMs)
  }

  /** The fields as they are sent, without the number of the save. */
  function written() {
    const fields = [...new FormData(form)].filter(([name, value]) => typeof value === 'string' && name !== 'revision')
    return new URLSearchParams(fields).toString()
  }

  function numbered(fields = written(), number = (revision += 1)) {
    const body = new URLSearchParams(fields)
    body.set('revision', number)
    body.set('do', 'autosave')
    return body
  }

  async function save(signal) {
    const now = written()
    if (isLeaving || now === saved) return
    try {
      const answer = await fetch(form.action, { method: 'POST', body: numbered(now), redirect: 'error', signal })
      if (answer.status === 204) {
        saved = now
        if (read(key)?.fields === now) drop(key)
      } else if (answer.status === 409) {
        // It was saved in another tab meanwhile. Here somebody still writes, so that this is the later text.
        revision = Math.max(revision, (await answer.json()).revision)
        changed()
      }
      const isSaved = answer.status === 204 || answer.status === 409
      note.textContent = isSaved ? say.saved : answer.status === 403 ? say.loggedOutWriting : say.notSaved
    } catch {
      note.textContent = say.notSaved
    }
  }

  // What the browser keeps

  function keep() {
    if (written() === saved) return drop(key)
    const entry = { action: form.action, revision: revision + 1, fields: written(), at: Date.now() }
    try {
      localStorage.setItem(key, JSON.stringify(entry))
    } catch {
      // It is full, or turned off: then the saves on their way must do.
    }
  }

  function read(name) {
    try {
      return JSON.parse(localStorage.getItem(name))
    } catch {
      return null
    }
  }

  function drop(name) {
    try {
      localStorage.removeItem(name)
    } catch {
      // It is turned off, so that nothing is kept.
    }
  }

  function fillIn(fields) {
    const values = new URLSearchParams(fields)
    for (const element of form.elements) {
      if (!element.name || element.disabled || ['hidden', 'file', 'submit', 'button'].includes(element.type)) continue
      if (['checkbox', 'radio'].includes(element.type))
        element.checked = values.getAll(element.name).includes(element.value)
      else if (values.has(element.name)) element.value = values.get(element.name)
    }
  }

  function keptNames() {
    try {
      return Object.keys(localStorage).filter(name => name.startsWith(prefix))
    } catch {
      return []
    }
  }

  /** Sends what a tab could not save before it was closed: the server takes it, unless it has something later. */
  function sendLeftovers() {
    const own = key.slice(0, -form.dataset.keptAs.split('/').at(-1).length)
    for (const name of keptNames().filter(each => each !== key)) {
      const entry = read(name)
      if (!name.startsWith(own)) {
        if (!(Date.now() - entry?.at < othersMs)) drop(name)
      } else if (entry) void sendLeftover(name, entry)
    }
  }

  async function sendLeftover(name, { action, fields, revision: number }) {
    const answer = await fetch(action, { method: 'POST', body: numbered(fields, number), redirect: 'error' }).catch(
      () => null,
    )
    if ([204, 404, 409].includes(answer?.status) && read(name)?.fields === fields) drop(name)
  }

  /** On the page of a message: it has been sent, and nothing of it is kept here any longer. */
  function forget() {
    const id = location.pathname.split('/')[2]
    for (const name of keptNames()) if (name.endsWith(`/${id}`)) drop(name)
  }
})()
