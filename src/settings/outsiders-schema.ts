import { z } from 'zod'

const policy = z.enum(['code', 'none', 'refuse'])

export const outsiders = z
  .strictObject({
    default: policy
      .default('code')
      .describe(
        'What they can do with a marked mail. code: log in with a code that is mailed to their address. none: not log in, so that a mail to them must say login=none. refuse: nothing; no marked mail may be sent to them.',
      ),
    domains: z
      .array(
        z.strictObject({
          domain: z
            .string()
            .regex(
              /^(\*\.)?[^\s@*]+$/,
              'must be a domain, such as foretag.example, or all below one: *.foretag.example',
            )
            .describe('foretag.example is that domain alone, *.foretag.example every domain below it.')
            .meta({ example: '*.foretag.example' }),
          policy: policy.describe('As above.').meta({ example: 'refuse' }),
        }),
      )
      .default([])
      .describe('Where it is otherwise, by the domain of the recipient; the first that fits counts.'),
  })
  .prefault({})
  .describe('Outsiders: recipients without an account in the directory.')

export type OutsiderSettings = z.output<typeof outsiders>
