/** The agent that a run was last started with, where it was named on the command line: it goes on with the same. */
export const STARTED_WITH_0009 = `
ALTER TABLE runs ADD COLUMN started_with TEXT;
`
