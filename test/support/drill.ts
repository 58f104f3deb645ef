/** Whether the long form of a test is asked for (`npm run drill:demo` and others); `npm test` plays a part of it, or none where a shorter test shows the same. */
export const DRILL = process.env['TDD_DRILL'] === '1'

/** Further cases of a table that only drills play: what they hold is held by shorter tests as well. */
export function inDrills<Case>(cases: readonly Case[]): readonly Case[] {
  return DRILL ? cases : []
}
