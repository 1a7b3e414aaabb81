import { attachment, leaf, multipart } from '../support/mail-builder.ts'
import { anna, header, pdf, text, whole, type SourceMail } from './source-mail.ts'

const scannerFrom = 'Skrivare plan 3 <skrivare3@kommun.example>'

/** A scanner that sends a multipart with the file as its only part. */
export const scanner: SourceMail = {
  name: 'scanner',
  says: [],
  files: ['Skannat_20261123.pdf'],
  write: mark =>
    whole(
      header(mark, { from: scannerFrom, more: ['Message-ID: <00206B3C4D5E.20261123@skrivare3.kommun.example>'] }),
      multipart('mixed', [attachment(pdf(1800), 'Skannat_20261123.pdf', 'application/pdf')], {
        boundary: 'KM_Boundary_1',
      }),
    ),
}

/** A scanner whose mail is the file itself. */
export const bareScanner: SourceMail = {
  name: 'bare-scanner',
  says: [],
  files: ['Skannat_0002.pdf'],
  write: mark =>
    whole(
      header(mark, { from: scannerFrom, more: ['Message-ID: <00206B3C4D5F.20261123@skrivare3.kommun.example>'] }),
      attachment(pdf(300), 'Skannat_0002.pdf', 'application/pdf'),
    ),
}

const event = `BEGIN:VCALENDAR
PRODID:-//Exempelkommun//Kalender//SV
VERSION:2.0
METHOD:REQUEST
BEGIN:VEVENT
UID:20261201-budget@kommun.example
DTSTAMP:20261123T081231Z
DTSTART:20261201T090000Z
DTEND:20261201T100000Z
SUMMARY:Budgetmöte
LOCATION:Rum Björken
ORGANIZER;CN=Anna Åkesson:mailto:anna@kommun.example
ATTENDEE;CN=Bertil Öberg;RSVP=TRUE;PARTSTAT=NEEDS-ACTION:mailto:bertil@kommun.example
END:VEVENT
END:VCALENDAR
`

/** An invitation to a meeting, with its agenda attached. */
export const invitation: SourceMail = {
  name: 'invitation',
  says: ['Välkommen till budgetmötet'],
  files: ['Dagordning.docx'],
  write: mark =>
    whole(
      header(mark, { more: ['Message-ID: <inbjudan-20261201@kommun.example>'] }),
      multipart(
        'mixed',
        [
          multipart(
            'alternative',
            [
              text('Välkommen till budgetmötet!\n', 'text/plain; charset="utf-8"', 'base64'),
              text(
                '<html><body><p>Välkommen till budgetmötet!</p></body></html>\n',
                'text/html; charset="utf-8"',
                'base64',
              ),
              text(event, 'text/calendar; charset="utf-8"; method=REQUEST', 'base64'),
            ],
            { boundary: '_000_inbjudan_' },
          ),
          attachment(
            pdf(25),
            'Dagordning.docx',
            'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
          ),
        ],
        { boundary: '_004_inbjudan_' },
      ),
    ),
}

/** An old program: 8-bit iso-8859-1, and nothing but a text and a file. */
export const latin1: SourceMail = {
  name: 'latin1',
  says: ['räkningen för oktober'],
  files: ['RAKNING.TXT'],
  write: mark =>
    whole(
      header(mark, { more: ['Message-ID: <rakning.1026@ekonomi.kommun.example>'] }),
      multipart(
        'mixed',
        [
          text('Hej,\n\nhär är räkningen för oktober.\n\nMvh\nAnna Å\n', 'text/plain; charset=iso-8859-1', '8bit'),
          leaf('Att betala: 1 250 kronor\r\n', {
            type: 'text/plain; charset=us-ascii; name=RAKNING.TXT',
            encoding: '7bit',
            disposition: 'attachment; filename=RAKNING.TXT',
          }),
        ],
        { boundary: 'gammal-grans' },
      ),
    ),
}

/** A text in base64 and UTF-8, as programs for cases and forms write it; its file has a long name. */
export const base64Text: SourceMail = {
  name: 'base64-text',
  says: ['Ärendet är nu avgjort'],
  files: ['Beslut om bygglov för fastigheten Björken 4:17 i Exempelkommun (slutlig version, undertecknad).pdf'],
  write: mark =>
    whole(
      header(mark, { from: anna, more: ['Message-ID: <arende-2026-1187@kommun.example>'] }),
      multipart(
        'mixed',
        [
          text('Ärendet är nu avgjort. Beslutet bifogas.\n', 'text/plain; charset="utf-8"', 'base64'),
          leaf(pdf(75), {
            type: 'application/pdf',
            encoding: 'base64',
            disposition:
              "attachment;\r\n filename*0*=utf-8''Beslut%20om%20bygglov%20f%C3%B6r%20fastigheten%20Bj%C3%B6rken%204;\r\n" +
              ' filename*1*=%3A17%20i%20Exempelkommun%20%28slutlig%20version%2C%20undertecknad%29.pdf',
          }),
        ],
        { boundary: '=_arende1187' },
      ),
    ),
}
