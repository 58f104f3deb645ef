import { z } from 'zod'
import { instant, keyShape } from './parts.ts'

const quarantinedShape = z.strictObject({
  file: z.string(),
  name: z.string(),
  run: z.string().describe('Id of the run in which it disagreed with itself.'),
  task: keyShape.describe('The task at whose landing it did.'),
  since: instant,
})

/** The tests that count for nothing until a person clears them. */
export const quarantineListShape = z.strictObject({ quarantined: z.array(quarantinedShape) })

/** The tests that a person cleared: they count again. */
export const quarantineChangeShape = z.strictObject({ cleared: z.array(quarantinedShape) })
