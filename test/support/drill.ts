/** Whether the long form of a test is asked for (`npm run drill:demo` and others); `npm test` plays a part of it, or none where a shorter test shows the same. */
export const DRILL = process.env['TDD_DRILL'] === '1'
