import { readFileSync } from 'node:fs'

/** How many files this process may have open; null where the system does not tell, or sets no bound. */
export function mostOpenFiles(): number | null {
  try {
    const limits = readFileSync('/proc/self/limits', 'utf8')
    const most = /^Max open files +(\d+)/m.exec(limits)?.[1]
    return most === undefined ? null : Number(most)
  } catch {
    // Not every system has it.
    return null
  }
}
