import { createRequire } from 'node:module'
import { join } from 'node:path'

/** Loads a peer from where `install.ts` puts them. */
export const installed = createRequire(join(import.meta.dirname, '.installed/packages/peer.mjs'))
