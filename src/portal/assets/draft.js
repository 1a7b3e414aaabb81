// The page where a message is written works without this. It saves the draft while one writes, and begins where something is wrong.
'use strict'
;(() => {
  const form = document.getElementById('compose')
  if (!form) return
  const say = JSON.parse(form.dataset.words)
  const pauseMs = 1500

  const note = document.createElement('p')
  note.className = 'hint'
  note.setAttribute('role', 'status')
  form.append(note)

  function written() {
    const fields = new URLSearchParams()
    for (const [name, value] of new FormData(form)) if (typeof value === 'string') fields.append(name, value)
    fields.set('do', 'autosave')
    return fields
  }

  let isLeaving = false
  let timer
  let saved = written().toString()
  form.addEventListener('submit', event => {
    if (!event.defaultPrevented) isLeaving = true
  })
  form.addEventListener('input', () => {
    clearTimeout(timer)
    timer = setTimeout(save, pauseMs)
  })

  async function save() {
    const now = written()
    if (isLeaving || now.toString() === saved) return
    try {
      const answer = await fetch(form.action, { method: 'POST', body: now, redirect: 'error' })
      if (answer.status === 204) saved = now.toString()
      note.textContent = answer.status === 204 ? say.saved : answer.status === 403 ? say.loggedOutWriting : say.notSaved
    } catch {
      note.textContent = say.notSaved
    }
  }

  addEventListener('pagehide', () => {
    const now = written()
    if (!isLeaving && now.toString() !== saved) navigator.sendBeacon(form.action, now)
  })

  document.querySelector('main [role=alert]')?.focus()
})()
