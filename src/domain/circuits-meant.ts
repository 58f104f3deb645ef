import { suggest } from './suggest.ts'

/** More would not be read. */
const MOST = 8

/**
 * The circuits that a wrong name was most likely meant to be: those of a level or of a task where it names one, that of
 * an identifier without its level, or the one that is written nearly so.
 */
export function circuitsMeant(asked: string, names: readonly string[]): readonly string[] {
  const below = names.filter((name) => name.startsWith(`${asked}:`))
  if (below.length > 0) return below.slice(0, MOST)
  const near = suggest(asked, names)
  if (near !== null) return [near]
  const identifier = suggest(asked, names.map(identifierOf))
  return names.filter((name) => identifierOf(name) === identifier).slice(0, 1)
}

function identifierOf(name: string): string {
  return name.slice(name.indexOf(':') + 1)
}
