import type { Language } from '#model.ts'
import { humanSize } from '#texts/human-size.ts'

/** Every word on the page where a message is written, in Swedish. */
const swedish = {
  title: 'Nytt meddelande',
  to: 'Mottagare',
  toHint: 'En eller flera e-postadresser, med komma emellan. Du kan också skriva namnet på en kontakt.',
  hidden: 'Mottagarna ser inte varandras adresser',
  subject: 'Ämne',
  subjectHint: 'Ämnet syns alltid i mejlet. Skriv inget känsligt här.',
  text: 'Meddelande',
  textHint: 'Texten syns i mejlet om du inte väljer privat meddelande nedan.',
  signatureIsAdded: 'Din signatur läggs till när du skickar.',
  changeSignature: 'Ändra signaturen',
  files: 'Filer',
  chooseFiles: 'Välj filer',
  addFiles: 'Lägg till filer',
  filesHint: (atMost: string) => `Högst ${atMost} per fil.`,
  remove: 'Ta bort',
  notWhole: 'Inte färdig',
  send: 'Skicka',
  sendAnyway: 'Skicka ändå',
  save: 'Spara utkast',
  discard: 'Kasta',
  saved: 'Utkastet är sparat.',
  problemsTitle: 'Meddelandet är inte skickat',
  doubtsTitle: 'Kontrollera innan du skickar',
  sentTitle: 'Meddelandet är skickat',
  drafts: 'Påbörjade meddelanden',
  allDrafts: 'Alla påbörjade och nyligen kastade',
  noSubject: '(inget ämne)',
  changed: (time: string) => `ändrat ${time}`,
  continue: 'Fortsätt skriva',
  unknownTitle: 'Utkastet finns inte längre',
  unknown: 'Det har redan skickats eller kastats.',
  toSent: 'Se skickade meddelanden',
  /** For the script of the page. */
  script: {
    dropHere: 'Släpp filer här',
    unreadable: 'Det gick inte att läsa allt som släpptes. Inget av det togs med.',
    addFiles: 'Lägg till filer',
    addFolder: 'Lägg till en mapp',
    pause: 'Pausa',
    paused: 'Pausad',
    goOn: 'Fortsätt',
    remove: 'Ta bort',
    done: 'uppladdad',
    tooBig: 'Filen är för stor, filerna är för många, eller dina utkast tar för mycket plats.',
    brokenOff: 'Uppladdningen bröts. Tryck på Fortsätt för att försöka igen.',
    loggedOut: 'Du har blivit utloggad. Logga in i en ny flik och tryck sedan på Fortsätt.',
    loggedOutWriting: 'Utkastet kan inte sparas, eftersom du har blivit utloggad. Du får logga in igen när du skickar.',
    sendsWhenDone: 'Meddelandet skickas när filerna är uppladdade.',
    saved: 'Utkastet är sparat.',
    notSaved: 'Utkastet kunde inte sparas just nu.',
  },
  problems: {
    'no recipient': () => 'Skriv minst en mottagare.',
    'not an address': ({ entries }: { entries: string[] }) =>
      `Det här är varken en e-postadress eller en av dina kontakter: ${entries.join(', ')}`,
    'too many recipients': ({ atMost }: { atMost: number }) => `Det går att skicka till högst ${atMost} mottagare.`,
    'outsiders refused': ({ recipients }: { recipients: string }) =>
      `Hit får inga säkra meddelanden skickas: ${recipients}`,
    'outsiders cannot log in': ({ recipients }: { recipients: string }) =>
      `De här mottagarna kan inte logga in. Ta bort dem, eller välj Ingen inloggning krävs: ${recipients}`,
    'nothing to send': () => 'Skriv ett meddelande eller lägg till en fil.',
    'not whole': ({ names }: { names: string[] }) =>
      `Filerna är inte färdigt uppladdade. Vänta, eller ta bort dem: ${names.join(', ')}`,
    'files lost': () =>
      'Filerna följde inte med, eftersom du hade blivit utloggad. Välj dem igen och skicka sedan meddelandet.',
    'file too big': ({ name, atMostBytes }: { name: string; atMostBytes: number }) =>
      `Filen är för stor (högst ${humanSize(atMostBytes, 'sv')}) och togs inte med: ${name}`,
    'too many files': ({ atMost }: { atMost: number }) =>
      `Ett meddelande kan ha högst ${atMost} filer. Resten togs inte med.`,
    'drafts too big': ({ name, atMostBytes }: { name: string; atMostBytes: number }) =>
      `Filerna i alla dina utkast får tillsammans vara högst ${humanSize(atMostBytes, 'sv')}. Filen togs inte med: ${name}`,
    'choice not allowed': () => 'Det här valet är inte tillåtet för de här mottagarna.',
    'count not allowed': ({ atMost, needed }: { atMost: number; needed: boolean }) =>
      needed ? `Skriv ett tal från 1 till ${atMost}.` : `Skriv ett tal från 1 till ${atMost}, eller lämna tomt.`,
    'day not allowed': ({ days }: { days: number }) => `Välj en dag från i dag och högst ${days} dagar framåt.`,
  },
  doubts: {
    'locals without login': ({ recipients }: { recipients: string[] }) =>
      `De här mottagarna har konto och kan logga in, men du har valt Ingen inloggning krävs: ${recipients.join(', ')}`,
    'outsiders need a code': ({ recipients }: { recipients: string[] }) =>
      `De här mottagarna har inget konto. De får en kod till sin e-post för att logga in: ${recipients.join(', ')}`,
    'text becomes private': () =>
      'Meddelandet har inga filer. Texten skickas därför som ett privat meddelande: mottagaren läser den via länken.',
  },
}

export type ComposeWords = typeof swedish

const english: ComposeWords = {
  title: 'New message',
  to: 'Recipients',
  toHint: 'One or several mail addresses, separated by commas. The name of a contact will do as well.',
  hidden: 'Recipients do not see each other’s addresses',
  subject: 'Subject',
  subjectHint: 'The subject is always visible in the mail. Write nothing sensitive here.',
  text: 'Message',
  textHint: 'The text is visible in the mail unless you choose private message below.',
  signatureIsAdded: 'Your signature is added when you send.',
  changeSignature: 'Change the signature',
  files: 'Files',
  chooseFiles: 'Choose files',
  addFiles: 'Add files',
  filesHint: atMost => `At most ${atMost} each.`,
  remove: 'Remove',
  notWhole: 'Not finished',
  send: 'Send',
  sendAnyway: 'Send anyway',
  save: 'Save draft',
  discard: 'Discard',
  saved: 'The draft is saved.',
  problemsTitle: 'The message was not sent',
  doubtsTitle: 'Check before you send',
  sentTitle: 'The message is sent',
  drafts: 'Messages that you have begun',
  allDrafts: 'All of them, and those that were discarded recently',
  noSubject: '(no subject)',
  changed: time => `changed ${time}`,
  continue: 'Go on writing',
  unknownTitle: 'The draft is no longer there',
  unknown: 'It has been sent or discarded already.',
  toSent: 'See sent messages',
  script: {
    dropHere: 'Drop files here',
    unreadable: 'Not everything that was dropped could be read. Nothing of it was added.',
    addFiles: 'Add files',
    addFolder: 'Add a folder',
    pause: 'Pause',
    paused: 'Paused',
    goOn: 'Go on',
    remove: 'Remove',
    done: 'uploaded',
    tooBig: 'The file is too large, there are too many files, or your drafts take up too much space.',
    brokenOff: 'The upload broke off. Press Go on to try again.',
    loggedOut: 'You have been logged out. Log in in a new tab, then press Go on.',
    loggedOutWriting:
      'The draft cannot be saved, because you have been logged out. You will be asked to log in when you send.',
    sendsWhenDone: 'The message is sent when the files are uploaded.',
    saved: 'The draft is saved.',
    notSaved: 'The draft could not be saved just now.',
  },
  problems: {
    'no recipient': () => 'Write at least one recipient.',
    'not an address': ({ entries }) => `This is neither a mail address nor one of your contacts: ${entries.join(', ')}`,
    'too many recipients': ({ atMost }) => `A message can be sent to ${atMost} recipients at most.`,
    'outsiders refused': ({ recipients }) => `No secure message may be sent here: ${recipients}`,
    'outsiders cannot log in': ({ recipients }) =>
      `These recipients cannot log in. Remove them, or choose No login required: ${recipients}`,
    'nothing to send': () => 'Write a message or add a file.',
    'not whole': ({ names }) => `Files are not uploaded yet. Wait, or remove them: ${names.join(', ')}`,
    'files lost': () =>
      'Your files did not come along, because you had been logged out. Choose them again, then send the message.',
    'file too big': ({ name, atMostBytes }) =>
      `The file is too large (at most ${humanSize(atMostBytes, 'en')}) and was left out: ${name}`,
    'too many files': ({ atMost }) => `A message can have ${atMost} files at most. The others were left out.`,
    'drafts too big': ({ name, atMostBytes }) =>
      `The files of all your drafts can have ${humanSize(atMostBytes, 'en')} together. This file was left out: ${name}`,
    'choice not allowed': () => 'This choice is not allowed for these recipients.',
    'count not allowed': ({ atMost, needed }) =>
      needed ? `Write a number from 1 to ${atMost}.` : `Write a number from 1 to ${atMost}, or leave it empty.`,
    'day not allowed': ({ days }) => `Choose a day from today on, at most ${days} days ahead.`,
  },
  doubts: {
    'locals without login': ({ recipients }) =>
      `These recipients have an account and can log in, but you have chosen No login required: ${recipients.join(', ')}`,
    'outsiders need a code': ({ recipients }) =>
      `These recipients have no account. They get a code by mail to log in with: ${recipients.join(', ')}`,
    'text becomes private': () =>
      'The message has no files. Its text is therefore sent as a private message: the recipient reads it by the link.',
  },
}

export const composeWords: Record<Language, ComposeWords> = { sv: swedish, en: english }
