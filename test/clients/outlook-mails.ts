import { attachment, leaf, multipart } from '../support/mail-builder.ts'
import { header, logo, pdf, text, whole, type SourceMail } from './source-mail.ts'

const sheet = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'

const wordHead = `<html xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:w="urn:schemas-microsoft-com:office:word" xmlns="http://www.w3.org/TR/REC-html40">
<head>
<meta http-equiv="Content-Type" content="text/html; charset=windows-1252">
<meta name="Generator" content="Microsoft Word 15 (filtered medium)">
<!--[if !mso]><style>v\\:* {behavior:url(#default#VML);}
o\\:* {behavior:url(#default#VML);}
</style><![endif]--><style><!--
@font-face
	{font-family:Calibri;}
p.MsoNormal, li.MsoNormal, div.MsoNormal
	{margin:0cm;
	font-size:11.0pt;
	font-family:"Calibri",sans-serif;}
a:link, span.MsoHyperlink
	{color:#0563C1;
	text-decoration:underline;}
div.WordSection1
	{page:WordSection1;}
--></style><!--[if gte mso 9]><xml>
<o:shapedefaults v:ext="edit" spidmax="1026" />
</xml><![endif]-->
</head>
`

const wordBody = `<body lang="SV" link="#0563C1" vlink="#954F72" style="word-wrap:break-word">
<div class="WordSection1">
<p class="MsoNormal">Hej Bertil,<o:p></o:p></p>
<p class="MsoNormal"><o:p>&nbsp;</o:p></p>
<p class="MsoNormal">Här kommer offerten och kalkylen – säg till om något är <b>oklart</b>.<o:p></o:p></p>
<p class="MsoNormal"><o:p>&nbsp;</o:p></p>
<p class="MsoNormal">Vänliga hälsningar<o:p></o:p></p>
<p class="MsoNormal">Anna Åkesson<o:p></o:p></p>
<p class="MsoNormal"><!--[if gte vml 1]><v:shape id="Bild_1" style="width:120pt;height:36pt"><v:imagedata src="cid:image001.png@01DC5C4E.7A1B2C30" /></v:shape><![endif]--><![if !vml]><img width="160" height="48" style="width:1.6666in;height:.5in" src="cid:image001.png@01DC5C4E.7A1B2C30" alt="Exempelkommun" v:shapes="Bild_1"><![endif]><o:p></o:p></p>
<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm">
<p class="MsoNormal"><b>Från:</b> Bertil Öberg &lt;bertil@kommun.example&gt;<br><b>Skickat:</b> den 20 november 2026 16:40<br><b>Ämne:</b> Underlag<o:p></o:p></p>
</div>
<p class="MsoNormal">Kan du skicka offerten?<o:p></o:p></p>
</div>
</body>
</html>
`

/** Outlook on Windows: Word's HTML with conditional comments, a logo in the signature, windows-1252. */
export const outlookDesktop: SourceMail = {
  name: 'outlook-desktop',
  says: ['offerten och kalkylen – säg till', 'Kan du skicka offerten?'],
  files: ['Offert å.pdf', 'Kalkyl.xlsx'],
  write: mark =>
    whole(
      header(mark, {
        more: [
          // Outlook keeps the subject as it was written here as well.
          `Thread-Topic: =?utf-8?B?${Buffer.from(`${mark} Underlag`).toString('base64')}?=`,
          'Thread-Index: AdxcTnobLDCxF2s4Q0mZk0mWq1v3Yw==',
          'Message-ID: <AM0PR04MB1234@AM0PR04MB1234.eurprd04.prod.example>',
          'X-MS-Has-Attach: yes',
          'Content-Language: sv-SE',
        ],
      }),
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
                    'Hej Bertil,\n\nHär kommer offerten och kalkylen – säg till om något är oklart.\n\nVänliga hälsningar\nAnna Åkesson\n[cid:image001.png@01DC5C4E.7A1B2C30]\nFrån: Bertil Öberg <bertil@kommun.example>\nSkickat: den 20 november 2026 16:40\nÄmne: Underlag\n\nKan du skicka offerten?\n',
                    'text/plain; charset="Windows-1252"',
                    'quoted-printable',
                  ),
                  text(wordHead + wordBody, 'text/html; charset="Windows-1252"', 'quoted-printable'),
                ],
                { boundary: '_000_AM0PR04MB1234_' },
              ),
              leaf(logo(), {
                type: 'image/png; name="image001.png"',
                encoding: 'base64',
                contentId: 'image001.png@01DC5C4E.7A1B2C30',
                disposition: 'inline; filename="image001.png"; size=180',
                fields: ['Content-Description: image001.png'],
              }),
            ],
            { boundary: '_005_AM0PR04MB1234_', parameters: 'type="multipart/alternative"' },
          ),
          leaf(pdf(), {
            type: 'application/pdf; name="=?Windows-1252?Q?Offert_=E5.pdf?="',
            encoding: 'base64',
            disposition: 'attachment; filename="=?Windows-1252?Q?Offert_=E5.pdf?="; size=41000',
            fields: ['Content-Description: =?Windows-1252?Q?Offert_=E5.pdf?='],
          }),
          attachment(pdf(900), 'Kalkyl.xlsx', sheet),
        ],
        { boundary: '_006_AM0PR04MB1234_' },
      ),
    ),
}

const webHtml = `<html>
<head>
<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-1">
<style type="text/css" style="display:none;"> P {margin-top:0;margin-bottom:0;} </style>
</head>
<body dir="ltr">
<div class="elementToProof" style="font-family: Aptos, Aptos_EmbeddedFont, Calibri, Helvetica, sans-serif; font-size: 12pt; color: rgb(0, 0, 0);">
Hej,</div>
<div class="elementToProof" style="font-family: Aptos, Calibri, Helvetica, sans-serif; font-size: 12pt; color: rgb(0, 0, 0);">
<br>
</div>
<div class="elementToProof" style="font-family: Aptos, Calibri, Helvetica, sans-serif; font-size: 12pt; color: rgb(0, 0, 0);">
här är protokollet från mötet på tisdag.</div>
<div id="Signature">
<p>Anna Åkesson<br>Exempelkommun</p>
</div>
</body>
</html>
`

/** Outlook in the browser: iso-8859-1, black on purpose. */
export const outlookWeb: SourceMail = {
  name: 'outlook-web',
  says: ['protokollet från mötet'],
  files: ['Protokoll.pdf'],
  write: mark =>
    whole(
      header(mark, {
        more: ['Message-ID: <GV1PR04MB77@GV1PR04MB77.eurprd04.prod.example>', 'Content-Language: sv-SE'],
      }),
      multipart(
        'mixed',
        [
          multipart(
            'alternative',
            [
              text(
                'Hej,\n\nhär är protokollet från mötet på tisdag.\n\nAnna Åkesson\nExempelkommun\n',
                'text/plain; charset="iso-8859-1"',
                'quoted-printable',
              ),
              text(webHtml, 'text/html; charset="iso-8859-1"', 'quoted-printable'),
            ],
            { boundary: '_000_GV1PR04MB77_' },
          ),
          attachment(pdf(220), 'Protokoll.pdf', 'application/pdf'),
        ],
        { boundary: '_004_GV1PR04MB77_' },
      ),
    ),
}

const mobileHtml = `<html><head>
<meta http-equiv="Content-Type" content="text/html; charset=utf-8">
</head>
<body dir="auto">
<div dir="ltr">Skickar bilden från bygget, ring mig sen 👍</div>
<div id="ms-outlook-mobile-signature"><div><br></div>Hämta <a href="https://appar.example/outlook">Outlook för Android</a></div>
</body></html>
`

/** Outlook on a telephone: everything in base64. */
export const outlookMobile: SourceMail = {
  name: 'outlook-mobile',
  says: ['bilden från bygget'],
  files: ['IMG_20261123_091200.jpg'],
  write: mark =>
    whole(
      header(mark, { more: ['Message-ID: <DB9PR04MB90@DB9PR04MB90.eurprd04.prod.example>'] }),
      multipart(
        'mixed',
        [
          multipart(
            'alternative',
            [
              text(
                'Skickar bilden från bygget, ring mig sen 👍\n\nHämta Outlook för Android<https://appar.example/outlook>\n',
                'text/plain; charset="utf-8"',
                'base64',
              ),
              text(mobileHtml, 'text/html; charset="utf-8"', 'base64'),
            ],
            { boundary: '_000_DB9PR04MB90_' },
          ),
          attachment(logo([120, 80, 20], 300, 200), 'IMG_20261123_091200.jpg', 'image/jpeg'),
        ],
        { boundary: '_004_DB9PR04MB90_' },
      ),
    ),
}
