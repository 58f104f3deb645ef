/** The options of a run's circuits, as they were when it was last started (null where it asks none), and views of them. */
export const CIRCUIT_RULES_0004 = `
ALTER TABLE runs ADD COLUMN circuits TEXT;

-- Never filled: the counts of a rate are kept, by slices of time, in the circuit itself.
DROP TABLE failure_counts;

-- Append-only but for what is older than people want it kept: only \`prune\` moves that mark, and only forward.
DROP TRIGGER circuit_events_no_delete;
CREATE TRIGGER circuit_events_no_delete BEFORE DELETE ON circuit_events
WHEN OLD.at >= coalesce((SELECT value FROM counters WHERE name = 'audit_kept_from'), 0)
BEGIN
  SELECT raise(ABORT, 'circuit_events is append-only');
END;
CREATE INDEX circuit_events_by_age ON circuit_events (at);
CREATE INDEX requests_answered ON requests (answered_at) WHERE answered_at IS NOT NULL;

CREATE VIEW v_circuit_breaker_status AS
SELECT c.run, c.level, c.identifier, c.state, c.failures, c.successes, c.probes, c.extensions, c.trips, c.cause,
  c.state_since, c.opened_at, c.probe_at,
  CAST(unixepoch('subsec') * 1000 AS INTEGER) - c.state_since AS in_state_ms,
  (SELECT count(*) FROM circuit_events e
    WHERE e.run = c.run AND e.level = c.level AND e.identifier = c.identifier AND e.kind = 'state_change') AS state_changes
FROM circuits c;

-- One row for each time that a circuit closed again, from when it had opened from closed.
CREATE VIEW v_time_to_recovery AS
SELECT c.run, c.level, c.identifier, o.at AS opened_at, c.at AS closed_at, c.at - o.at AS recovery_ms, o.cause
FROM circuit_events c JOIN circuit_events o ON o.id = (
  SELECT max(b.id) FROM circuit_events b
  WHERE b.run = c.run AND b.level = c.level AND b.identifier = c.identifier
    AND b.kind = 'state_change' AND b.from_state = 'closed' AND b.id < c.id)
WHERE c.kind = 'state_change' AND c.to_state = 'closed';
`
