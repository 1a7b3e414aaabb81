import { z } from 'zod'
import { bytes } from './fields.ts'

export const compose = z
  .strictObject({
    enabled: z
      .boolean()
      .default(true)
      .describe('Whether those who have an account may write messages in the portal, and see what they sent there.'),
    fileBytes: bytes.default(2 * 1024 ** 3).describe('One file that is uploaded, at most.'),
    filesBytes: bytes.default(10 * 1024 ** 3).describe('All files of one message, at most.'),
    drafts: z.int().min(1).default(200).describe('Messages that one account has begun and not sent, at most.'),
    draftsBytes: bytes
      .default(20 * 1024 ** 3)
      .describe('All files of the messages that one account has begun and not sent, at most.'),
    files: z.int().min(1).default(200).describe('Files of one message, at most.'),
    recipients: z.int().min(1).default(200).describe('Recipients of one message, at most.'),
    draftDays: z
      .int()
      .min(1)
      .default(30)
      .describe(
        'A message that was begun and not sent is forgotten, with its files, when it has not been changed for so long.',
      ),
  })
  .prefault({})
  .describe(
    'Messages that are written in the portal. What may be chosen for them is bounded as for mail, under classify.',
  )
