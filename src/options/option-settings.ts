import { z } from 'zod'
import { optionNames, optionRecords, type BoundValues, type SetValues } from './option-records.ts'

/** Options that a rule brings, that a default sets, or that a person has chosen for their messages. */
export const optionSettings = z.strictObject(
  Object.fromEntries(
    optionNames.map(name => {
      const { setting } = optionRecords[name]
      return [setting.name, setting.schema.optional().describe(setting.description).meta({ example: setting.example })]
    }),
  ),
) as z.ZodType<SetValues, SetValues>

const limits = Object.fromEntries(
  optionNames.flatMap(name => {
    const { bound } = optionRecords[name]
    return bound === null ? [] : [[bound.name, bound.schema.optional().describe(bound.description)]]
  }),
)

/** Bounds apply to a mail whose sender and any recipient match; several bounds add up, the strictest counts. */
export const boundSettings = z.strictObject({
  sender: z.string().default('*').describe('An address, or a pattern such as *@example.org.'),
  recipient: z.string().default('*').describe('Any recipient; likewise.'),
  ...(limits as unknown as {
    [Name in keyof BoundValues]-?: z.ZodOptional<z.ZodType<BoundValues[Name], BoundValues[Name]>>
  }),
  locked: z.array(z.enum(optionNames)).default([]).describe('Cannot be chosen by the sender at all.'),
})

export type BoundSettings = z.output<typeof boundSettings>
