import { humanSize } from '#texts/human-size.ts'
import { composeWords } from '#portal/pages/compose-words.ts'
import { html, type Html } from '#portal/pages/html.ts'
import type { PageContext } from '#portal/pages/layout.ts'

/** The files of a message that is being written. */
export interface FilesView {
  /** Where uploads are begun. */
  at: string
  /** One file, at most. */
  fileBytes: number
  uploads: { id: string; name: string; sizeBytes: number; isWhole: boolean }[]
}

/** The list of files, and a field to add more. A script turns it into an area to drop files on, with progress. */
export function filesField({ language }: PageContext, { at, fileBytes, uploads }: FilesView): Html {
  const say = composeWords[language]
  return html`<fieldset class="upload" id="files" data-at="${at}" data-most-bytes="${fileBytes}">
    <legend>${say.files}</legend>
    <ul class="uploads">
      ${uploads.map(
        upload =>
          html`<li data-upload="${upload.id}">
            <span class="name"><bdi>${upload.name}</bdi></span>
            <span class="note">${humanSize(upload.sizeBytes, language)}${!upload.isWhole && ` · ${say.notWhole}`}</span>
            <button class="quiet" name="do" value="remove:${upload.id}">
              ${say.remove}<span class="unseen"> <bdi>${upload.name}</bdi></span>
            </button>
          </li>`,
      )}
    </ul>
    <label for="choose">${say.chooseFiles}</label>
    <input type="file" id="choose" name="file" multiple aria-describedby="choose-hint" />
    <p class="hint" id="choose-hint">${say.filesHint(humanSize(fileBytes, language))}</p>
    <button class="quiet" name="do" value="add">${say.addFiles}</button>
  </fieldset>`
}
