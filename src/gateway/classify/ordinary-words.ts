/**
 * Ordinary words, and names, that are one slip from a default keyword and are written on purpose:
 * `[Söker] lägenhet`. A slip that makes a word which hardly begins a subject (`säkre`, `sker`) is not here.
 */
export const ordinaryWords: ReadonlySet<string> = new Set(
  [
    'fåker läker maker räker saken samer smaker säger sänker säter söker åker',
    'baker faker maker saber safer sager sake saner saver shaker taker',
  ]
    .join(' ')
    .split(' '),
)
