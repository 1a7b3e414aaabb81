// Files are chosen by dragging, by a button, or by the folder. What becomes of them is for whoever listens on the field.
/* global tus */
'use strict'
;(() => {
  const field = document.getElementById('files')
  const form = document.getElementById('compose')
  // Without uploads the plain field of the form does it.
  if (!form || !field || typeof tus === 'undefined' || !tus.isSupported) return
  const say = JSON.parse(form.dataset.words)
  const chooser = document.getElementById('choose')
  const add = files => field.dispatchEvent(new CustomEvent('files-chosen', { detail: files }))

  const area = document.createElement('div')
  area.className = 'drop'
  const hint = document.createElement('p')
  hint.textContent = say.dropHere
  hint.setAttribute('role', 'status')
  area.append(
    hint,
    button(say.addFiles, () => chooser.click()),
    folderButton(),
  )
  field.insertBefore(area, field.querySelector('.uploads'))
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
    const files = [...event.dataTransfer.files]
    try {
      add(entries.length > 0 ? await filesOf(entries) : files)
      hint.textContent = say.dropHere
    } catch {
      // A folder that may not be read, or is gone by now: half of it would be worse than nothing.
      hint.textContent = say.unreadable
    }
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

  function button(label, onClick) {
    const made = document.createElement('button')
    made.type = 'button'
    made.className = 'quiet'
    made.textContent = label
    made.addEventListener('click', onClick)
    return made
  }
})()
