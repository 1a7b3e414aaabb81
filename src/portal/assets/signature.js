// The formatted signature works without this, as HTML in a field of text. It shows it as it will look, and takes what is pasted from
// a mail program. What is left of that is the server's to say.
'use strict'
;(() => {
  const area = document.getElementById('signature-html')
  if (!area) return
  const say = JSON.parse(area.dataset.words)

  const editor = document.createElement('div')
  editor.className = 'editor'
  editor.contentEditable = 'true'
  editor.setAttribute('role', 'textbox')
  editor.setAttribute('aria-multiline', 'true')
  editor.setAttribute('aria-labelledby', 'signature-html-label')
  editor.setAttribute('aria-describedby', area.getAttribute('aria-describedby'))
  // It comes from the server, which has made it safe.
  editor.innerHTML = area.value

  const tools = document.createElement('p')
  tools.className = 'tools'
  tools.append(tool(say.bold, 'bold'), tool(say.italic, 'italic'), tool(say.plain, 'removeFormat'))

  function tool(label, command) {
    const button = document.createElement('button')
    button.type = 'button'
    button.className = 'quiet'
    button.textContent = label
    // The selection stays where it is.
    button.addEventListener('pointerdown', event => event.preventDefault())
    button.addEventListener('click', () => {
      editor.focus()
      document.execCommand(command)
    })
    return button
  }

  area.hidden = true
  area.before(tools, editor)
  const label = document.getElementById('signature-html-label')
  label.removeAttribute('for')
  label.addEventListener('click', () => editor.focus())
  editor.addEventListener('input', () => (area.value = editor.innerHTML))
  area.form.addEventListener('submit', () => (area.value = editor.innerHTML))
})()
