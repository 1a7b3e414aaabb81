import type { FastifyRequest } from 'fastify'

/**
 * What names itself in User-Agent and is no person. It is for the log alone: whoever disguises a scanner as a browser, as
 * Safe Links does, gets no further by it, since a GET counts nothing from anybody.
 */
const automatic = [
  // Crawlers, and previews in chats: Slackbot, TelegramBot, Twitterbot, LinkedInBot, Discordbot, Googlebot, bingbot.
  /bot\b|crawler|spider/i,
  // Previews in Teams and Skype, Facebook and Messenger, WhatsApp, and mail programs.
  /preview|facebookexternalhit|^WhatsApp\//i,
  // Gateways that look at links in mails before and after their delivery.
  /barracuda|proofpoint|mimecast|urldefense|symantec|forcepoint|ironport|ciscosecureemail/i,
  // Office asks for a linked document before it lets the browser.
  /^Microsoft Office|ms-office|MSOffice/i,
  // Browsers that somebody drives from a program.
  /headless|phantomjs|puppeteer|playwright|selenium/i,
]

/** Whether a request gives itself away as one that no person made: a scanner, a preview or a prefetch. */
export function isAutomatic({ method, headers }: Pick<FastifyRequest, 'method' | 'headers'>): boolean {
  // Browsers ask for what is shown by GET, and send what is filled in by POST.
  if (method === 'HEAD' || method === 'OPTIONS') return true
  const purpose = headers['sec-purpose'] ?? headers['purpose'] ?? headers['x-moz']
  if (/prefetch|preview/i.test(String(purpose ?? ''))) return true
  const agent = headers['user-agent'] ?? ''
  // Every browser has a name.
  return agent === '' || automatic.some(pattern => pattern.test(agent))
}
