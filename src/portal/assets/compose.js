// The page where a message is written works without this. It uploads files that were chosen, with progress; they pause, and go on
// after a lost connection.
/* global tus */
'use strict'
;(() => {
  const form = document.getElementById('compose')
  const field = document.getElementById('files')
  if (!form || !field || typeof tus === 'undefined' || !tus.isSupported) return
  const say = JSON.parse(form.dataset.words)
  const list = field.querySelector('.uploads')
  const mostBytes = Number(field.dataset.mostBytes)
  const atOnce = 3
  /** After this long without a byte, a line is as good as broken, though nobody has said so. */
  const stallMs = 60_000
  const retryDelays = [0, 1000, 3000, 5000, 10000, 20000, 30000, 60000, 60000, 60000]

  // What is under way: each entry has a state: waiting, running, paused, failed, done.
  const uploads = new Set()
  let sendWhenDone = null

  const spoken = document.createElement('p')
  spoken.className = 'unseen'
  spoken.setAttribute('role', 'status')
  field.append(spoken)
  const tell = text => (spoken.textContent = text)

  // Uploading

  field.addEventListener('files-chosen', event => add(event.detail))

  function add(files) {
    for (const file of files) uploads.add(makeUpload(file))
    startMore()
  }

  function makeUpload(file) {
    const entry = { file, state: 'waiting', row: makeRow(file), upload: null, movedAt: 0 }
    entry.row.toggle.addEventListener('click', () =>
      entry.state === 'running' || entry.state === 'waiting' ? pause(entry) : goOn(entry),
    )
    entry.row.remove.addEventListener('click', () => remove(entry))
    if (file.size > mostBytes) fail(entry, say.tooBig, false)
    return entry
  }

  function startMore() {
    for (const entry of uploads) {
      const count = [...uploads].filter(({ state }) => state === 'running').length
      if (entry.state === 'waiting' && count < atOnce) start(entry)
    }
    if (sendWhenDone && !isUnderWay()) {
      const sender = sendWhenDone
      sendWhenDone = null
      if ([...uploads].every(({ state }) => state === 'done')) form.requestSubmit(sender)
    }
  }

  async function start(entry) {
    entry.state = 'running'
    const { file } = entry
    entry.upload ??= new tus.Upload(file, {
      endpoint: field.dataset.at,
      // Each request is short, so that none outlasts the patience of a proxy.
      chunkSize: 16 * 1024 * 1024,
      retryDelays,
      removeFingerprintOnSuccess: true,
      metadata: { filename: file.name, filetype: file.type },
      onProgress: (sent, all) => {
        entry.movedAt = Date.now()
        showProgress(entry, sent, all)
      },
      onShouldRetry: error => ![401, 403, 404, 413].includes(statusOf(error)),
      onError: error => fail(entry, sentenceFor(error), statusOf(error) !== 413),
      onSuccess: () => finish(entry),
    })
    showState(entry)
    const [before] = entry.upload.url ? [] : await entry.upload.findPreviousUploads()
    // The same file, begun in this browser for this draft, perhaps before the page was closed.
    if (before?.uploadUrl?.includes(field.dataset.at)) {
      entry.upload.resumeFromPreviousUpload(before)
      list.querySelector(`[data-upload="${before.uploadUrl.split('/').pop()}"]`)?.remove()
    }
    if (entry.state !== 'running') return
    entry.movedAt = Date.now()
    entry.upload.start()
  }

  /** Where it was, by asking the server. */
  async function startOver(entry) {
    entry.movedAt = Date.now()
    await entry.upload.abort()
    if (entry.state === 'running') entry.upload.start()
  }

  const running = () => [...uploads].filter(({ state, upload }) => state === 'running' && upload)
  setInterval(() => {
    for (const entry of running()) if (Date.now() - entry.movedAt > stallMs) startOver(entry)
  }, 5000)
  // Back from sleep, or out of a tunnel: what hangs, or waits to try again, goes on at once.
  addEventListener('online', () => {
    for (const entry of running()) startOver(entry)
    for (const entry of uploads) if (entry.state === 'failed' && !entry.row.toggle.hidden) goOn(entry)
  })

  function pause(entry) {
    entry.state = 'paused'
    entry.upload?.abort()
    showState(entry)
    startMore()
  }

  function goOn(entry) {
    entry.state = 'waiting'
    showState(entry)
    startMore()
  }

  function finish(entry) {
    entry.state = 'done'
    showProgress(entry, entry.file.size, entry.file.size)
    showState(entry)
    tell(`${entry.file.name}: ${say.done}`)
    startMore()
  }

  function fail(entry, sentence, mayGoOn) {
    entry.state = 'failed'
    entry.row.toggle.hidden = !mayGoOn
    showState(entry, sentence)
    tell(`${entry.file.name}: ${sentence}`)
    startMore()
  }

  async function remove(entry) {
    uploads.delete(entry)
    entry.row.item.remove()
    chooserFocus()
    await entry.upload?.abort(true).catch(() => undefined)
    startMore()
  }

  function chooserFocus() {
    field.querySelector('.drop button').focus()
  }

  const statusOf = error => error.originalResponse?.getStatus() ?? 0

  function sentenceFor(error) {
    const status = statusOf(error)
    if (status === 401) return say.loggedOut
    return status === 413 ? say.tooBig : say.brokenOff
  }

  const isUnderWay = () => [...uploads].some(({ state }) => state === 'running' || state === 'waiting')

  // Showing it

  function makeRow(file) {
    const item = document.createElement('li')
    const name = document.createElement('bdi')
    name.className = 'name'
    name.textContent = file.name
    const note = document.createElement('span')
    note.className = 'note'
    const progress = document.createElement('progress')
    progress.max = 1
    progress.value = 0
    progress.setAttribute('aria-label', file.name)
    const toggle = button(say.pause)
    const removeButton = button(say.remove)
    removeButton.setAttribute('aria-label', `${say.remove} ${file.name}`)
    item.append(name, note, progress, toggle, removeButton)
    list.append(item)
    return { item, note, progress, toggle, remove: removeButton }
  }

  function showProgress({ row, file }, sent, all) {
    row.progress.value = all === 0 ? 1 : sent / all
    row.note.textContent = `${size(sent)} / ${size(file.size)}`
  }

  function showState({ row, state, file }, sentence) {
    row.progress.hidden = state === 'done' || state === 'failed'
    row.toggle.hidden = state === 'done' || row.toggle.hidden
    row.toggle.textContent = state === 'running' || state === 'waiting' ? say.pause : say.goOn
    row.toggle.setAttribute('aria-label', `${row.toggle.textContent} ${file.name}`)
    if (state === 'done') row.note.textContent = size(file.size)
    else if (state === 'paused') row.note.textContent = say.paused
    else if (sentence) row.note.textContent = sentence
    else if (state === 'waiting') row.note.textContent = size(file.size)
  }

  /** As the server writes it (texts/human-size). */
  function size(bytes) {
    const format = value => value.toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 })
    if (bytes < 1024) return `${bytes} ${document.documentElement.lang === 'en' && bytes !== 1 ? 'bytes' : 'byte'}`
    const units = ['kB', 'MB', 'GB', 'TB']
    const round = value => (value < 100 ? Math.round(value * 10) / 10 : Math.round(value))
    let step = 0
    let value = bytes / 1024
    while (round(value) >= 1024 && step < units.length - 1) {
      value /= 1024
      step += 1
    }
    return `${format(round(value))} ${units[step]}`
  }

  function button(label, onClick) {
    const made = document.createElement('button')
    made.type = 'button'
    made.className = 'quiet'
    made.textContent = label
    if (onClick) made.addEventListener('click', onClick)
    return made
  }

  // Sending and leaving

  const note = document.createElement('p')
  note.className = 'hint'
  note.setAttribute('role', 'status')
  form.append(note)

  let isLeaving = false
  form.addEventListener('submit', event => {
    const asked = event.submitter?.value ?? ''
    if (!asked.startsWith('send') || !isUnderWay()) {
      // Another button would cut off what is on its way, without being about it.
      isLeaving = !isUnderWay() || asked === 'discard'
      return
    }
    event.preventDefault()
    sendWhenDone = event.submitter
    note.textContent = say.sendsWhenDone
  })
  addEventListener('beforeunload', event => {
    if (!isLeaving && isUnderWay()) event.preventDefault()
  })
})()
