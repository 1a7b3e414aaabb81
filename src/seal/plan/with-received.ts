import type { Plan } from '#model.ts'

/** The plan with the Received field on top of the slim mail; slots move down by its length. */
export function withReceived(plan: Plan, received: Buffer): Plan {
  return {
    ...plan,
    slim: [{ from: 'us', bytes: received }, ...plan.slim],
    slots: plan.slots.map(slot => ({ ...slot, offset: slot.offset + received.length })),
  }
}
