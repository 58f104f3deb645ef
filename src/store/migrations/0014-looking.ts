/**
 * Ways to what `status` tells: the kinds of tasks that are left, the latest attempts of an agent, and what was measured before
 * anything landed. Columns, since an index over the definition would read it again at each change of a state.
 */
export const LOOKING_0014 = `
DROP INDEX tasks_by_state;
ALTER TABLE tasks ADD COLUMN kind TEXT;
ALTER TABLE tasks ADD COLUMN complexity TEXT;
UPDATE tasks SET kind = definition ->> 'kind', complexity = definition ->> 'complexity';
CREATE INDEX tasks_by_state ON tasks (run, state, kind, complexity);
DROP INDEX attempts_by_agent;
CREATE INDEX attempts_by_agent ON attempts (agent) WHERE agent IS NOT NULL;
CREATE INDEX events_of_base ON events (run, seq) WHERE kind = 'base_measured';
`
