/** The options of a run's circuits, as they were when it was last started; null where it asks none. */
export const CIRCUIT_RULES_0004 = `
ALTER TABLE runs ADD COLUMN circuits TEXT;
`
