import {
  startScriptedSmtpServer,
  type RecordedMail,
  type Script,
  type ScriptedSmtpServer,
} from './scripted-smtp-server.ts'

export interface SmtpSink extends ScriptedSmtpServer {
  /** Resolves with all mails once there are at least so many; rejects when they do not come in time. */
  waitForMails(count: number, seconds?: number): Promise<RecordedMail[]>
}

/** A server at the end of the path: accepts everything and keeps every mail in `mails`. */
export async function startSmtpSink(script: Script = {}): Promise<SmtpSink> {
  const server = await startScriptedSmtpServer(script)
  const waitForMails = async (count: number, seconds = 30) => {
    const deadline = Date.now() + seconds * 1000
    while (server.mails.length < count) {
      if (Date.now() > deadline) throw new Error(`${server.mails.length} of ${count} mails came within ${seconds} s.`)
      await new Promise(resolve => setTimeout(resolve, 20))
    }
    return server.mails
  }
  return Object.assign(server, { waitForMails })
}
