/** Ways to rows that are few among many: landings that were lost, and what people have in hand. */
export const RARE_ROWS_0015 = `
CREATE INDEX lost_receipts ON landing_receipts (run, task_id) WHERE lost_at IS NOT NULL;
CREATE INDEX tasks_of_people ON tasks (run, id) WHERE claimed_by = 'person';
`
