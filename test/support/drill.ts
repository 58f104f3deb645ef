/** Whether the long form of a test is asked for (`npm run drill:demo`); `npm test` plays a part of it. */
export const DRILL = process.env['TDD_DRILL'] === '1'
