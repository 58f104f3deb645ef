/** The options of a run's circuits, as they were when it was last started (null where it asks none), and views of them. */
export const CIRCUIT_RULES_0004 = `
ALTER TABLE runs ADD COLUMN circuits TEXT;

-- Never filled: the counts of a rate are kept, by slices of time, in the circuit itself.
DROP TABLE failure_counts;

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
