/** Whether the long form of a test is asked for (`npm run drill:demo` and others); `npm test` plays a part of it, or none where a shorter test shows the same. */
export const DRILL = process.env['TDD_DRILL'] === '1'

/** All cases in a drill, every second one else: of cases of one kind that are each a variant of the others. */
export function thinned<Case>(cases: readonly Case[]): readonly Case[] {
  return DRILL ? cases : cases.filter((_, index) => index % 2 === 0)
}
