/** Ways to rows that are few among many: landings that were lost, what people have in hand, and how a run came to rest. */
export const RARE_ROWS_0015 = `
CREATE INDEX lost_receipts ON landing_receipts (run, task_id) WHERE lost_at IS NOT NULL;
CREATE INDEX events_of_rest ON events (run, seq) WHERE kind IN ('run_paused', 'run_resumed', 'run_started', 'run_ended');
CREATE INDEX tasks_of_people ON tasks (run, id) WHERE claimed_by = 'person';
`
