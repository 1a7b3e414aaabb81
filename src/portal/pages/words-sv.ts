/** Every word on the pages, in Swedish. English has the same ones, or it does not compile. */
export const swedish = {
  thisLanguage: 'Svenska',
  skipToContent: 'Till innehållet',
  loggedInAs: 'Inloggad som',
  logOut: 'Logga ut',
  footer: (organisation: string) => `Säkra meddelanden från ${organisation}`,

  menuTitle: 'Meny',
  menu: { new: 'Nytt meddelande', sent: 'Skickat', received: 'Mottaget', account: 'Kontoinställningar' },

  homeTitle: 'Säkra meddelanden',
  homeText: (organisation: string) =>
    `Här hämtar du filer och läser meddelanden som har skickats säkert från ${organisation}.`,
  homeHow: 'Har du fått ett meddelande? Öppna länken i mejlet.',
  homeWriteTitle: 'Skicka ett säkert meddelande',
  homeWrite: (organisation: string) =>
    `Har du ett konto hos ${organisation} kan du logga in och skriva meddelanden och skicka filer härifrån.`,
  logInAgainTitle: 'Logga in igen',
  logInAgain: 'Du har blivit utloggad, eftersom det har gått lång tid. Logga in igen för att fortsätta.',
  logInFirst: 'Logga in för att se den här sidan.',
  logInToContinue: 'Det du skrev finns kvar och används när du har loggat in.',

  loginTitle: 'Logga in',
  loginIntro: (organisation: string) => `Skyddade meddelanden från ${organisation} öppnas med inloggning.`,
  loginHint: 'Använd samma användarnamn och lösenord som till datorn.',
  loginName: 'Användarnamn',
  password: 'Lösenord',
  logIn: 'Logga in',
  noAccountTitle: (organisation: string) => `Har du inget konto hos ${organisation}?`,
  otherWays: 'Länken i mejlet visar hur meddelandet öppnas.',
  backToStart: 'Gå dit igen',
  noAccountText:
    'Den här länken är skickad till någon som har ett konto. Be avsändaren skicka meddelandet direkt till din egen adress om du behöver det.',
  byCodeTitle: 'Med en kod',
  byCodeText: 'En kod med sex siffror mejlas till den adress som länken skickades till.',
  askForCode: 'Mejla en kod',
  haveCode: 'Jag har redan fått en kod',
  byAccountTitle: (organisation: string) => `Med ett konto hos ${organisation}`,
  codeTitle: 'Skriv in koden',
  codeSent:
    'Är länken rätt kommer det strax ett mejl med en kod till den adress som länken skickades till. Titta i skräpposten också.',
  codeLabel: 'Kod',
  codeHint: 'Sex siffror. Koden gäller i 15 minuter, i vilken webbläsare som helst.',
  enterCode: 'Öppna',
  noCodeTitle: 'Har du ingen kod?',
  noCodeText:
    'En kod mejlas till den adress som länken skickades till. Den går inte att få till någon annan adress. Ber du om en kod igen inom en minut skickas ingen ny; den första gäller. Blir det många koder får du vänta en stund.',
  askForNewCode: 'Mejla en ny kod',
  codeWrongTitle: 'Koden går inte att använda',
  codeWrong: (left: number) =>
    `Det är fel kod. Kontrollera att du har skrivit den senaste. Du kan försöka ${left === 1 ? 'en gång' : `${left} gånger`} till.`,
  codeMalformed: 'En kod är sex siffror.',
  codeEnded: 'Koden är för gammal, redan använd eller prövad för många gånger. Be om en ny kod.',
  codesThrottledTitle: 'Det har skickats många koder',
  codesThrottled: (minutes: number) => `Du kan be om en ny kod om ${duration(minutes)}.`,
  loginWrongTitle: 'Det gick inte att logga in',
  loginWrong: 'Användarnamnet eller lösenordet är fel. Kontrollera dem och försök igen.',
  throttledTitle: 'För många misslyckade inloggningar',
  throttled: (minutes: number) =>
    minutes === 1 ? 'Vänta en minut och försök sedan igen.' : `Vänta ${minutes} minuter och försök sedan igen.`,
  errorInTitle: 'Fel',
  tryAgain: 'Försök igen',

  noSubject: '(inget ämne)',
  from: 'Från',
  openUntil: 'Kan öppnas till',
  textTitle: 'Text',
  textIsProtected: 'Texten är skyddad och visas bara här.',
  showText: 'Visa texten',
  filesTitle: 'Filer',
  download: 'Hämta',
  fileLeft: (count: number, max: number) => `Kan hämtas ${timesLeft(count, max)}`,
  fileUsedUp: 'Hämtad så många gånger som avsändaren har tillåtit',
  textLeft: (count: number, max: number) => `Kan visas ${timesLeft(count, max)}`,
  textUsedUp: 'Visad så många gånger som avsändaren har tillåtit',
  zip: 'Hämta allt som zip',
  zipFiles: 'Alla filer i en zip-fil',
  zipWithText: 'Alla filer och texten i en zip-fil',
  zipCounts: 'räknas en gång per fil',
  zipCountsRest: 'det som inte redan är hämtat här räknas',
  zipTheRest: 'Hämta resten som zip',
  zipRest: 'Det som går att hämta, i en zip-fil',
  zipWithout: 'Redan hämtat så många gånger som avsändaren har tillåtit, och därför inte med:',
  textFreeUntil: (time: string) => `Texten kan visas igen i den här webbläsaren till kl. ${time} utan att det räknas.`,
  fileFreeUntil: (time: string) => `Kan hämtas igen i den här webbläsaren till kl. ${time} utan att det räknas.`,
  nextCounts: 'Du har hämtat den tre gånger i den här webbläsaren. Nästa hämtning räknas igen.',
  stillEncoded: 'Filen var felaktigt kodad i mejlet och lämnas ut precis som den kom.',
  countingTitle: 'Så räknas det',
  counting: (minutes: number) =>
    `När du har börjat hämta en fil kan du hämta den igen i den här webbläsaren, till exempel om uppkopplingen bryts: sammanlagt tre gånger inom ${duration(minutes)}. Det räknas som en gång.`,

  textPageTitle: 'Meddelandets text',
  backToMessage: 'Tillbaka till meddelandet',
  downloadAsMail: 'Hämta texten som .eml-fil',
  noText: 'Meddelandet har ingen text.',
  textTooLong:
    'Texten är för lång eller för invecklad för att visas här. Hämta den som .eml-fil och öppna filen i ett mejlprogram.',
  imagesLeftOut:
    'Allt visas inte här, till exempel bilder från andra webbplatser. Resten finns i .eml-filen, som öppnas i ett mejlprogram.',
  openTextAlone: 'Öppna texten för sig, till exempel för att skriva ut den',
  textUntil: (time: string) => `Du kan läsa om sidan i den här webbläsaren till kl. ${time} utan att det räknas igen.`,

  unknownTitle: 'Här finns inget meddelande att öppna',
  unknown: 'Länken kan vara ofullständig, eller så finns meddelandet inte längre kvar. Kontrollera länken i mejlet.',
  unknownLogIn: 'Var meddelandet till dig? Logga in för att få veta vad som har hänt.',
  unknownByCode: 'Få en kod mejlad',
  expiredTitle: 'Meddelandet går inte längre att öppna',
  expired: (date: string) => `Det gick att öppna till den ${date}.`,
  revokedTitle: 'Meddelandet har dragits tillbaka',
  revoked: 'Det går därför inte längre att öppna.',
  usedUpTitle: 'Det går inte att öppna fler gånger',
  usedUp: (times: number) =>
    times === 1
      ? 'Avsändaren har tillåtit att det öppnas en gång, och det är gjort.'
      : `Avsändaren har tillåtit att det öppnas ${times} gånger, och det är gjort.`,
  askSender: 'Behöver du det fortfarande? Be avsändaren att skicka det igen:',
  notRecipientTitle: 'Meddelandet är inte till dig',
  notRecipient: 'Bara den som meddelandet är skickat till kan öppna det, och det är inte det här kontot.',
  notRecipientHow: 'Har du ett annat konto som meddelandet är skickat till? Logga ut och logga in med det.',
  ticketInvalidTitle: 'Hämtningen gäller inte längre',
  ticketInvalid:
    'En påbörjad hämtning gäller en kort tid och för några försök, och bara i den webbläsare där den startades. Öppna länken i mejlet och börja om därifrån.',
  crossSiteTitle: 'Det gick inte att göra det du bad om',
  crossSite: 'Det kom inte från en sida på den här webbplatsen. Öppna länken i mejlet och försök igen därifrån.',
  manyDraftsTitle: 'Du har för många utkast',
  manyDrafts: (atMost: number) =>
    `Det går att ha högst ${atMost} utkast. Skicka eller kasta några av dem. Gå bakåt i webbläsaren om du vill ta vara på det du skrev.`,
  toDrafts: 'Visa utkasten',
  manyDownloadsTitle: 'Du hämtar redan flera filer',
  manyDownloads: (atOnce: number) =>
    `Högst ${atOnce} filer kan hämtas samtidigt. Vänta tills någon av dem är klar och ladda sedan om den här sidan.`,
  busyTitle: 'Många hämtar filer just nu',
  busyTextsTitle: 'Många texter visas just nu',
  busy: 'Vänta en stund och ladda sedan om den här sidan.',
  nothingLost: 'Inget försök har gått förlorat.',
  awayTitle: 'Det fungerar inte just nu',
  away: 'Ett system som behövs svarar inte. Vänta en stund och försök igen.',
  awayNotCounted:
    'Lagringen svarar inte. Försöket har inte räknats. Gå tillbaka till meddelandet, vänta en stund och försök igen.',
  brokenTitle: 'Något gick fel',
  broken: 'Felet är vårt. Försök igen. Hjälper inte det, så kontakta supporten och uppge det här numret:',
  badRequestTitle: 'Det gick inte att förstå',
  badRequest: 'Webbläsaren skickade något som inte går att tolka. Öppna länken i mejlet och försök igen.',
  notFoundTitle: 'Sidan finns inte',
  notFound: 'Öppna länken i mejlet du har fått. Kontrollera att hela länken kom med.',
}

function timesLeft(count: number, max: number): string {
  const times = count === 1 ? 'en gång' : `${count} gånger`
  return count === max ? times : `${times} till`
}

function duration(minutes: number): string {
  if (minutes > 90) return `${Math.ceil(minutes / 60)} timmar`
  return minutes === 1 ? 'en minut' : `${minutes} minuter`
}

export type Words = typeof swedish
