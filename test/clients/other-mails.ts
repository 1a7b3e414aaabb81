import { attachment, leaf, multipart } from '../support/mail-builder.ts'
import { header, logo, pdf, text, whole, type SourceMail } from './source-mail.ts'

const flowedText = `Hej Bertil!

Här är ritningarna som du frågade efter. Den första är godkänd, den andra \nväntar fortfarande på ett beslut av nämnden.

> Har du ritningarna?
> Bertil

Hälsningar
Anna

-- \nAnna Åkesson
Exempelkommun, tfn 0123-456 78
`

/** Thunderbird writing plain text: format=flowed, with a signature below its delimiter. */
export const thunderbirdPlain: SourceMail = {
  name: 'thunderbird-plain',
  says: ['väntar fortfarande', 'tfn 0123-456 78'],
  files: ['Ritning – plan 1.pdf', 'Ritning – plan 2.pdf'],
  write: mark =>
    whole(
      header(mark, {
        more: [
          'Message-ID: <5f0c1d2e-8a77-4a1f-9a35-0d7c6b1e2f3a@kommun.example>',
          'User-Agent: Mozilla Thunderbird',
          'Content-Language: sv-SE',
        ],
      }),
      multipart(
        'mixed',
        [
          text(flowedText, 'text/plain; charset=UTF-8; format=flowed', '8bit'),
          ...[1, 2].map(number =>
            leaf(pdf(90 * number), {
              type: `application/pdf; name="=?UTF-8?Q?Ritning_=E2=80=93_plan_${number}=2Epdf?="`,
              encoding: 'base64',
              disposition: `attachment; filename*=UTF-8''Ritning%20%E2%80%93%20plan%20${number}.pdf`,
            }),
          ),
        ],
        { boundary: '------------9sT0p3hKxQmW2v', preamble: 'This is a multi-part message in MIME format.' },
      ),
    ),
}

const appleStart = `<html><head><meta http-equiv="content-type" content="text/html; charset=utf-8"></head><body style="overflow-wrap: break-word; -webkit-nbsp-mode: space; line-break: after-white-space;">Hej,<div><br></div><div>först avtalet:</div><div><br></div><div></div></body></html>`
const appleEnd = `<html><head><meta http-equiv="content-type" content="text/html; charset=utf-8"></head><body style="overflow-wrap: break-word; -webkit-nbsp-mode: space; line-break: after-white-space;"><div></div><div><br></div><div>och där ovanför ligger det. Ändringarna är på sidan tre.</div><div><br></div><div>/Anna</div></body></html>`

/** Apple Mail: the file stands in the middle of the text, inline, in the HTML version only. */
export const appleMail: SourceMail = {
  name: 'apple-mail',
  says: ['först avtalet', 'sidan tre'],
  files: ['Avtal.pdf'],
  write: mark =>
    whole(
      header(mark, {
        more: ['Message-Id: <7C1E0A55-2B7C-4F0E-9D43-51D3C6B0A9F1@kommun.example>', 'X-Mailer: Apple Mail (2.3826)'],
      }),
      multipart(
        'alternative',
        [
          text(
            'Hej,\n\nförst avtalet:\n\n\n\noch där ovanför ligger det. Ändringarna är på sidan tre.\n\n/Anna\n',
            'text/plain; charset=utf-8',
            'quoted-printable',
          ),
          multipart(
            'mixed',
            [
              text(appleStart, 'text/html; charset=utf-8', 'quoted-printable'),
              leaf(pdf(60), {
                type: 'application/pdf; name=Avtal.pdf; x-unix-mode=0644',
                encoding: 'base64',
                disposition: 'inline; filename=Avtal.pdf',
              }),
              text(appleEnd, 'text/html; charset=utf-8', 'quoted-printable'),
            ],
            { boundary: 'Apple-Mail=_4E1C2B9A' },
          ),
        ],
        { boundary: 'Apple-Mail=_0B77D1F3' },
      ),
    ),
}

/** Apple Mail without formatting: text, file and text, one after the other. */
export const applePlain: SourceMail = {
  name: 'apple-plain',
  says: ['Bilden först', 'texten fortsätter'],
  files: ['Bild.png'],
  write: mark =>
    whole(
      header(mark, { more: ['Message-Id: <19D2A7C4-1111-4F0E-9D43-51D3C6B0A9F1@kommun.example>'] }),
      multipart(
        'mixed',
        [
          text('Bilden först:\n\n', 'text/plain; charset=utf-8', 'quoted-printable'),
          leaf(logo([30, 120, 60]), {
            type: 'image/png; name="Bild.png"',
            encoding: 'base64',
            disposition: 'inline; filename="Bild.png"',
          }),
          text('\n\nhär fortsätter texten – texten fortsätter här.\n', 'text/plain; charset=utf-8', 'quoted-printable'),
        ],
        { boundary: 'Apple-Mail-77FA' },
      ),
    ),
}

/** Gmail: HTML without html and body tags, an image shown inside of the text. */
export const gmail: SourceMail = {
  name: 'gmail',
  says: ['intyget som du bad om'],
  files: ['Intyg.pdf'],
  write: mark =>
    whole(
      header(mark, { more: ['Message-ID: <CAKx7yQ0=3pV9n2@mail.gmail.example>'] }),
      multipart(
        'mixed',
        [
          multipart(
            'related',
            [
              multipart(
                'alternative',
                [
                  text(
                    'Hej Bertil!\n\nHär är *intyget* som du bad om.\n\n[image: stämpel.png]\n\n-- \nAnna Åkesson\nExempelkommun\n',
                    'text/plain; charset="UTF-8"',
                    'quoted-printable',
                  ),
                  text(
                    '<div dir="ltr">Hej Bertil!<div><br></div><div>Här är <b></b>intyget som du bad om.</div><div><br></div><div><img src="cid:ii_mi0x1abc0" alt="stämpel.png" width="160" height="48"><br clear="all"><div><br></div><span class="gmail_signature_prefix">-- </span><br><div dir="ltr" class="gmail_signature"><div dir="ltr">Anna Åkesson<div>Exempelkommun</div></div></div></div></div>\n',
                    'text/html; charset="UTF-8"',
                    'quoted-printable',
                  ),
                ],
                { boundary: '0000000000001c2d3e0612' },
              ),
              leaf(logo([150, 20, 60]), {
                type: 'image/png; name="=?UTF-8?Q?st=C3=A4mpel=2Epng?="',
                encoding: 'base64',
                contentId: 'ii_mi0x1abc0',
                disposition: 'inline; filename="=?UTF-8?Q?st=C3=A4mpel=2Epng?="',
                fields: ['X-Attachment-Id: ii_mi0x1abc0'],
              }),
            ],
            { boundary: '0000000000001c2d400613' },
          ),
          leaf(pdf(35), {
            type: 'application/pdf; name="Intyg.pdf"',
            encoding: 'base64',
            contentId: 'f_mi0x1xyz1',
            disposition: 'attachment; filename="Intyg.pdf"',
            fields: ['X-Attachment-Id: f_mi0x1xyz1'],
          }),
        ],
        { boundary: '0000000000001c2d410614' },
      ),
    ),
}

const newsletterHtml = `<!DOCTYPE html>
<html lang="sv"><head><meta charset="utf-8"><title>Nyhetsbrev</title>
<style>body { background: #10141c; color: #e8ecf4; font-family: Georgia, serif } a { color: #7fd4ff } table { width: 100% } p { text-align: center }</style></head>
<body bgcolor="#10141c" text="#e8ecf4" style="margin:0;background-color:#10141c;color:#e8ecf4">
<table width="100%" cellpadding="0" cellspacing="0" bgcolor="#10141c"><tr><td align="center">
<table width="600" cellpadding="0" cellspacing="0"><tr><td style="padding:24px;background:#1b2230;color:#e8ecf4">
<h1 style="color:#ffffff">Nytt från biblioteket</h1>
<p>I december håller vi öppet även på söndagar. Programmet ligger i bilagan.</p>
</td></tr></table>
</td></tr></table>
</body></html>
`

/** A newsletter: HTML only, light on dark, with style rules that also meet what is added. */
export const newsletter: SourceMail = {
  name: 'newsletter',
  says: ['Programmet ligger i bilagan'],
  files: ['Program.pdf'],
  write: mark =>
    whole(
      header(mark, {
        from: 'Biblioteket <biblioteket@kommun.example>',
        more: ['Message-ID: <utskick-118@kommun.example>'],
      }),
      multipart(
        'mixed',
        [
          text(newsletterHtml, 'text/html; charset=utf-8', '8bit'),
          attachment(pdf(400), 'Program.pdf', 'application/pdf'),
        ],
        { boundary: 'utskick118' },
      ),
    ),
}
