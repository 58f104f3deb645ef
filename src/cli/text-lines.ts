import type { AttemptResources } from '../domain/attempt-resources.ts'
import { counted, durationText, sizeText } from '../domain/wording.ts'

export { counted, durationText, sizeText, usd } from '../domain/wording.ts'

/** Rows as lines whose columns stand below each other. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows.reduce<number[]>(
    (most, row) => row.map((cell, index) => Math.max(most[index] ?? 0, cell.length)),
    [],
  )
  return rows.map((row) =>
    row
      .map((cell, index) => (index === row.length - 1 ? cell : cell.padEnd(widths[index] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
}

/** Text of others, moved in by some spaces, its lines kept. */
export function indented(text: string, by: number): string[] {
  const margin = ' '.repeat(by)
  return text.split('\n').map((line) => `${margin}${line}`.trimEnd())
}

/** `1 test is quarantined and counts for nothing`. */
export function quarantinedLine(count: number): string {
  return `${counted(count, 'test')} ${count === 1 ? 'is quarantined and counts' : 'are quarantined and count'} for nothing`
}

/** `1 lost its landing`. */
export function lostText(count: number): string {
  return `${count} lost ${count === 1 ? 'its' : 'their'} landing`
}

/** `used 3.4 s of processor time, and at most 210.0 MiB and 12 processes at once`. */
export function usedText({ cpuMs, samples, peakBytes, peakProcesses }: AttemptResources): string {
  const time = `used ${durationText(cpuMs)} of processor time`
  if (samples === 0) return time
  return `${time}, and at most ${sizeText(peakBytes)} and ${counted(peakProcesses, 'process', 'processes')} at once`
}
