import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { OWN_PACKAGE } from './own-files.ts'

/** The version in our own package.json. */
export function ownVersion(): string {
  const text = readFileSync(join(OWN_PACKAGE, 'package.json'), 'utf8')
  return /"version": "([^"]+)"/.exec(text)?.[1] ?? 'unknown'
}
