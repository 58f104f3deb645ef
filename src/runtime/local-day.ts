/** The day that a moment is in, from midnight to midnight where the program runs. */
export function localDay(at: number): { readonly start: number; readonly end: number } {
  const moment = new Date(at)
  const [year, month, day] = [moment.getFullYear(), moment.getMonth(), moment.getDate()]
  // Days are not all of the same length.
  return { start: new Date(year, month, day).getTime(), end: new Date(year, month, day + 1).getTime() }
}
