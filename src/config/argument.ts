import { z } from 'zod'

/** Of a command. No process can be given a NUL. */
export const argument = z
  .string()
  .max(32_768)
  .regex(/^[^\0]*$/, 'no argument of a command holds a NUL')
