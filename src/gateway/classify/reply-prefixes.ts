/** Prefixes of replies and forwards, as mail programs in these parts of the world write them. */
const written = 're sv svar fw fwd vb aw wg antw ang vs vl tr rv enc odp pd doorst'

/**
 * Prefixes that programs write: answers to invitations, receipts, automatic replies, and reports of mail that did not
 * arrive, in the languages of Outlook and Exchange.
 */
const machineMade = `
accepterat, accepterad, avböjt, avböjd, preliminärt, preliminärt accepterat, preliminär, inställt, inställd,
uppdaterat, uppdaterad, uppdaterad inbjudan, inbjudan, vidarebefordrat möte, avisering om vidarebefordrat möte,
meddelande om vidarebefordrat möte, föreslagen ny tid, ny tid föreslagen, nytt tidsförslag, automatiskt svar,
autosvar, frånvaro, frånvarande, inte på kontoret, läst, oläst, ej läst, inte läst, levererat, levererad,
vidarebefordrat, olevererbart, olevererat, kan inte levereras, kunde inte levereras, går inte att leverera,
ej levererat, fördröjt, fördröjd, leveransfördröjning, återkalla, återkallat, återkallelse, uppgift accepterad,
uppgift avböjd, uppgift slutförd
accepted, declined, tentative, tentatively accepted, canceled, cancelled, canceled event, cancelled event, updated,
updated invitation, updated event, invitation, meeting forward notification, new time proposed, proposed new time,
automatic reply, auto reply, auto-reply, autoreply, out of office, out of office autoreply, out of the office, read,
not read, delivered, relayed, undeliverable, undelivered, undelivered mail, delivered to, delivery delayed, delayed,
delivery failure, delivery status notification, returned mail, failure notice, recall, message recall failure,
message recall success, expired, task request, task accepted, task declined, task completed, task update
zugesagt, angenommen, abgelehnt, abgesagt, mit vorbehalt, vorläufig, vorläufig zugesagt, storniert, aktualisiert,
einladung, aktualisierte einladung, neuer zeitvorschlag, neue zeit vorgeschlagen, automatische antwort,
abwesenheitsnotiz, abwesend, gelesen, nicht gelesen, ungelesen, zugestellt, übermittelt, unzustellbar,
nicht zugestellt, verzögert, zurückrufen
accepté, acceptée, refusé, refusée, provisoire, provisoirement accepté, annulé, annulée, mis à jour,
invitation mise à jour, nouvelle heure proposée, réponse automatique, absent du bureau, absence du bureau, lu, non lu,
remis, relayé, non remis, non remis à, échec de remise, retardé, rappel
accepteret, afslået, afvist, foreløbig, foreløbigt, foreløbig accepteret, aflyst, opdateret, opdateret invitation,
nyt tidspunkt foreslået, automatisk svar, ikke til stede, læst, ikke læst, ulæst, leveret, videresendt,
kan ikke leveres, ikke leveret, forsinket, tilbagekald
akseptert, godtatt, avslått, avvist, foreløpig, foreløpig akseptert, avlyst, oppdatert, oppdatert invitasjon,
nytt tidspunkt foreslått, foreslått nytt tidspunkt, fraværende, fravær, lest, ikke lest, ulest, levert, videresendt,
kan ikke leveres, ikke levert, tilbakekall
hyväksytty, hylätty, alustava, alustavasti hyväksytty, peruutettu, peruttu, päivitetty, päivitetty kutsu, kutsu,
uusi aika ehdotettu, automaattinen vastaus, poissa, luettu, ei luettu, lukematta, toimitettu, välitetty,
toimittamatta, ei voi toimittaa, ei toimitettu, viivästynyt
geaccepteerd, geweigerd, afgewezen, voorlopig, voorlopig geaccepteerd, geannuleerd, bijgewerkt,
bijgewerkte uitnodiging, uitnodiging, nieuwe tijd voorgesteld, automatisch antwoord, afwezig, afwezigheidsbericht,
gelezen, niet gelezen, bezorgd, afgeleverd, doorgestuurd, onbestelbaar, niet bezorgd, vertraagd
aceptado, aceptada, aceptó, rechazado, rechazada, provisional, provisionalmente aceptado, cancelado, cancelada,
actualizado, actualizada, invitación, nueva hora propuesta, respuesta automática, fuera de la oficina, leído, leídos,
no leído, entregado, retransmitido, no se puede entregar, no entregado, retrasado
accettato, accettata, rifiutato, rifiutata, provvisorio, provvisoriamente accettato, annullato, annullata, aggiornato,
invito, invito aggiornato, nuova ora proposta, risposta automatica, fuori sede, letto, letta, non letto, consegnato,
recapitato, inoltrato, non recapitabile, impossibile recapitare, posticipato
aceite, aceito, aceita, recusado, recusada, provisório, tentativa, atualizado, convite, novo horário proposto,
nova hora proposta, resposta automática, ausência temporária, lida, lido, não lida, não lido, entregue, retransmitido,
não entregue, não é possível entregar, atrasado
zaakceptowano, zaakceptowane, odrzucono, odrzucone, wstępnie zaakceptowano, wstępnie, odwołano, odwołane, anulowano,
anulowane, zaktualizowano, zaproszenie, zaproponowano nowy termin, odpowiedź automatyczna, poza biurem, przeczytano,
przeczytane, nie przeczytano, nieprzeczytane, dostarczono, dostarczone, przekazano, niedostarczone,
nie można dostarczyć, opóźnione
přijato, odmítnuto, nezávazně přijato, zrušeno, aktualizováno, pozvánka, automatická odpověď, přečteno, nepřečteno,
doručeno, nedoručitelné, nelze doručit
elfogadva, elutasítva, feltételesen elfogadva, törölve, lemondva, frissítve, automatikus válasz, olvasva, olvasatlan,
kézbesítve, kézbesíthetetlen
vastu võetud, tagasi lükatud, tühistatud, automaatvastus, loetud
`

const names = [...written.split(' '), ...machineMade.trim().split(/,\s*|\n/)]
const sources = names
  .toSorted((one, other) => other.length - one.length)
  .map(name => name.replaceAll('-', '[-\\s]?').replaceAll(' ', '\\s'))

/** A prefix with its counter (`Re[2]:`) at `lastIndex` of a text in NFC. */
export const replyPrefix = new RegExp(`(?:${sources.join('|')})(?:\\s?[[(]\\d{1,4}[\\])])?\\s?[:：]`, 'iuy')
