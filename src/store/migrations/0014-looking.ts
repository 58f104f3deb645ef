/** Ways to what `status` tells: the kinds of tasks that are left, the latest attempts of an agent, and what was measured before anything landed. */
export const LOOKING_0014 = `
DROP INDEX tasks_by_state;
CREATE INDEX tasks_by_state ON tasks (run, state, definition ->> 'kind', definition ->> 'complexity');
DROP INDEX attempts_by_agent;
CREATE INDEX attempts_by_agent ON attempts (agent) WHERE agent IS NOT NULL;
CREATE INDEX events_of_base ON events (run, seq) WHERE kind = 'base_measured';
`
