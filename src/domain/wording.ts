/** A length of time for people: `850 ms`, `12.3 s`, `4 min 5 s`, `2 h 10 min`, `5 min`. */
export function durationText(ms: number): string {
  if (Math.round(ms) < 1_000) return `${Math.round(ms)} ms`
  // Rounded before it is divided: no `60.0 s`, and no `1 min 60 s`.
  if (Math.round(ms / 100) < 600) return `${(ms / 1_000).toFixed(1)} s`
  const seconds = Math.round(ms / 1_000)
  if (seconds < 3_600) return parted(seconds, ['min', 's'])
  return parted(Math.floor(seconds / 60), ['h', 'min'])
}

/** `2026-01-02T10:20:30Z`. */
export function momentText(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, 'Z')
}

/** A moment to come: `2026-01-02T10:20:30Z (in 4 min 5 s)`. */
export function untilText(at: number, now: number): string {
  return `${momentText(at)} (in ${durationText(Math.max(0, at - now))})`
}

function parted(amount: number, [large, small]: readonly [string, string]): string {
  const rest = amount % 60
  return `${Math.floor(amount / 60)} ${large}${rest === 0 ? '' : ` ${rest} ${small}`}`
}

export function usd(amount: number): string {
  return `${amount.toFixed(2)} USD`
}

/** `1 task`, `2 tasks`. */
export function counted(count: number, one: string, many: string = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'] as const

export function sizeText(bytes: number): string {
  let size = bytes
  let unit = 0
  while (size >= 1024 && unit < UNITS.length - 1) {
    size /= 1024
    unit += 1
  }
  return `${unit === 0 ? size : size.toFixed(1)} ${UNITS[unit]}`
}
