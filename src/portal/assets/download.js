// Fetches a file without leaving the page, and shows what is left then. Without this script the browser does the first by
// itself, and the second when the page is loaded again.
'use strict'

let isFetching = false

document.addEventListener('submit', event => {
  const form = event.target
  if (!form.matches('form.download')) return
  event.preventDefault()
  if (isFetching) return
  isFetching = true
  fetchFile(form)
    .catch(() => form.submit()) // The browser says what is the matter.
    .finally(() => (isFetching = false))
})

// A page that a browser kept for its Back button says what was left before.
addEventListener('pageshow', event => event.persisted && location.reload())

async function fetchFile(form) {
  const body = new URLSearchParams(new FormData(form))
  const answer = await fetch(form.action, { method: 'POST', headers: { accept: 'application/json' }, body })
  const text = await answer.text()
  // A page instead says why there is no file.
  if (!answer.headers.get('content-type').startsWith('application/json')) return show(text)
  const { at, page } = JSON.parse(text)
  show(page, form.getAttribute('action'))
  location.assign(at)
}

/** Shows another page in place of this one, with the focus on the same button if there is one. */
function show(page, action) {
  const next = new DOMParser().parseFromString(page, 'text/html')
  document.title = next.title
  document.body.replaceWith(document.adoptNode(next.body))
  const form = [...document.querySelectorAll('form.download')].find(each => each.getAttribute('action') === action)
  ;(form?.querySelector('button') ?? document.querySelector('main')).focus()
}
