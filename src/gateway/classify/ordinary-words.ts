/**
 * Ordinary words that are one slip from a default keyword, but hardly one that fingers make. Those that they do
 * make are refused nevertheless, since a mail must not leave in clear for them: `söker` (ö is beside ä on the
 * keyboard), `sake` and `sker` (a letter left out), `säkre` (two swapped).
 */
export const ordinaryWords: ReadonlySet<string> = new Set(
  'läker maker saken samer smaker säger sänker säter åker baker faker safer saver shaker taker'.split(' '),
)

/**
 * Keywords without their accents that are ordinary words (`saker` is Swedish for things): meant as a keyword if they
 * stand alone or before options, as in `[saker, max 1]`, and not in `[Saker att ta med]`.
 */
export const ordinaryBeforeWords: ReadonlySet<string> = new Set(['saker'])
