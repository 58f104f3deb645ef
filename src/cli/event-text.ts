import type { Event } from '../domain/event.ts'

/** One event in one line, with everything that it carries. */
export function eventText({ seq, at, kind, task, data }: Event): string {
  const facts = Object.entries(data)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
  return [String(seq).padStart(6), new Date(at).toISOString(), kind, task ?? '', ...facts]
    .join('  ')
    .replaceAll(/\s*\n\s*/g, ' ')
    .trimEnd()
}
