import { isAbsolute, resolve, sep } from 'node:path'
import { OWN_PACKAGE } from './own-files.ts'

const FALLBACK_PATH = '/usr/local/bin:/usr/bin:/bin'

/**
 * The PATH with which the person started us. Gone is what `npm run` and `npx` put in front of it, and everything in our
 * own package, wherever it stands: otherwise the person's project would run on our Node. Entries that are empty or
 * relative are gone too: they would name another directory for every command.
 */
export function userPath(
  environment: Readonly<Record<string, string | undefined>>,
  ownPackageRoot: string = OWN_PACKAGE,
): string {
  const entries = (environment['PATH'] ?? FALLBACK_PATH).split(':')
  const underNpm = Object.keys(environment).some((name) => /^npm_/i.test(name))
  const additions = underNpm ? leading(entries, isAddedByNpm) : 0
  const own = resolve(ownPackageRoot, 'node_modules')
  const kept = entries.slice(additions).filter((entry) => isAbsolute(entry) && !isInside(own, resolve(entry)))
  return kept.length === 0 ? FALLBACK_PATH : kept.join(':')
}

function leading(entries: readonly string[], wanted: (entry: string) => boolean): number {
  const first = entries.findIndex((entry) => !wanted(entry))
  return first < 0 ? entries.length : first
}

function isAddedByNpm(entry: string): boolean {
  return /\/node_modules\/\.bin\/?$|\/node-gyp-bin\/?$/.test(entry)
}

function isInside(directory: string, path: string): boolean {
  return path === directory || path.startsWith(directory + sep)
}
