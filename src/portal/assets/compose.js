// The page where a message is written works without this. It adds files by dragging, and uploads with progress that pause and go
// on after a lost connection.
/* global tus */
'use strict'
;(() => {
  const form = document.getElementById('compose')
  const field = document.getElementById('files')
  if (!form || !field || typeof tus === 'undefined' || !tus.isSupported) return
  const say = JSON.parse(form.dataset.words)
  const list = field.querySelector('.uploads')
  const chooser = document.getElementById('choose')
  const mostBytes = Number(field.dataset.mostBytes)
  const atOnce = 3
  const retryDelays = [0, 1000, 3000, 5000, 10000, 20000, 30000, 60000, 60000, 60000]

  // What is under way: each entry has a state: waiting, running, paused, failed, done.
  const uploads = new Set()
  let sendWhenDone = null

  const spoken = document.createElement('p')
  spoken.className = 'unseen'
  spoken.setAttribute('role', 'status')
  field.append(spoken)
  const tell = text => (spoken.textContent = text)

  // Choosing files

  const area = document.createElement('div')
  area.className = 'drop'
  const hint = document.createElement('p')
  hint.textContent = say.dropHere
  area.append(
    hint,
    button(say.addFiles, () => chooser.click()),
    folderButton(),
  )
  field.insertBefore(area, list)
  for (const plain of [chooser, field.querySelector('label[for=choose]'), field.querySelector('button[value=add]')])
    plain.hidden = true
  chooser.addEventListener('change', () => takeChosen(chooser))

  function folderButton() {
    const folder = document.createElement('input')
    folder.type = 'file'
    folder.hidden = true
    if (!('webkitdirectory' in folder)) return document.createTextNode('')
    folder.webkitdirectory = true
    folder.setAttribute('aria-label', say.addFolder)
    folder.addEventListener('change', () => takeChosen(folder))
    const both = document.createDocumentFragment()
    both.append(
      folder,
      button(say.addFolder, () => folder.click()),
    )
    return both
  }

  function takeChosen(input) {
    add([...input.files])
    // They are on their way: the form must not bring them once more.
    input.value = ''
  }

  let entered = 0
  const carriesFiles = event => [...(event.dataTransfer?.types ?? [])].includes('Files')
  addEventListener('dragenter', event => {
    if (!carriesFiles(event)) return
    entered += 1
    area.classList.add('over')
  })
  addEventListener('dragleave', event => {
    if (!carriesFiles(event)) return
    entered -= 1
    if (entered <= 0) area.classList.remove('over')
  })
  // A file that is dropped beside the area must not replace the page, and with it what was written.
  addEventListener('dragover', event => carriesFiles(event) && event.preventDefault())
  addEventListener('drop', async event => {
    if (!carriesFiles(event)) return
    event.preventDefault()
    entered = 0
    area.classList.remove('over')
    const entries = [...event.dataTransfer.items].map(item => item.webkitGetAsEntry?.()).filter(Boolean)
    add(entries.length > 0 ? await filesOf(entries) : [...event.dataTransfer.files])
  })

  /** All files of what was dropped, folders and all that is in them included. */
  async function filesOf(entries) {
    const found = []
    for (const entry of entries) {
      if (entry.isFile) found.push(await new Promise((resolve, reject) => entry.file(resolve, reject)))
      else if (entry.isDirectory) found.push(...(await filesOf(await contentsOf(entry.createReader()))))
    }
    return found
  }

  async function contentsOf(reader) {
    const all = []
    // A reader gives some at a time, and none at the end.
    for (;;) {
      const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject))
      if (some.length === 0) return all
      all.push(...some)
    }
  }

  // Uploading

  function add(files) {
    for (const file of files) uploads.add(makeUpload(file))
    startMore()
  }

  function makeUpload(file) {
    const entry = { file, state: 'waiting', row: makeRow(file), upload: null }
    entry.row.toggle.addEventListener('click', () =>
      entry.state === 'running' || entry.state === 'waiting' ? pause(entry) : goOn(entry),
    )
    entry.row.remove.addEventListener('click', () => remove(entry))
    if (file.size > mostBytes) fail(entry, say.tooBig, false)
    return entry
  }

  function startMore() {
    for (const entry of uploads) {
      const running = [...uploads].filter(({ state }) => state === 'running').length
      if (entry.state === 'waiting' && running < atOnce) start(entry)
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
      onProgress: (sent, all) => showProgress(entry, sent, all),
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
    if (entry.state === 'running') entry.upload.start()
  }

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
    area.querySelector('button').focus()
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
    if (!event.submitter?.value.startsWith('send') || !isUnderWay()) {
      isLeaving = true
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
