/** What circuits of a run that has ended tell: they hold nothing back, and that they closed with it is no recovery. */
export const ENDED_RUNS_0008 = `
DROP VIEW v_open_circuits;
DROP VIEW v_time_to_recovery;

-- ended: what it guards goes on no more by itself, so that it holds nothing back. The task stands before the last colon.
CREATE VIEW v_open_circuits AS
SELECT c.run, c.level, c.identifier, c.state, c.cause, c.failures, c.extensions, c.opened_at, c.probe_at,
  CASE
    WHEN t.state IN ('completed', 'failed', 'needs_human', 'cancelled') THEN 'task_' || t.state
    WHEN r.ended_at IS NOT NULL THEN 'run_ended'
    WHEN w.state = 'stopped' THEN 'worker_retired'
  END AS ended
FROM circuits c JOIN v_current_run v ON v.run = c.run JOIN runs r ON r.id = c.run
LEFT JOIN tasks t ON c.level = 'stage' AND t.run = c.run
  AND t.key = substr(c.identifier, 1, length(rtrim(c.identifier, replace(c.identifier, ':', ''))) - 1)
LEFT JOIN workers w ON c.level = 'worker' AND w.run = c.run AND w.worker = c.identifier
WHERE c.state <> 'closed';

-- One row for each time that a circuit closed again while its run was worked, from when it had opened from closed.
CREATE VIEW v_time_to_recovery AS
SELECT c.run, c.level, c.identifier, o.at AS opened_at, c.at AS closed_at, c.at - o.at AS recovery_ms, o.cause
FROM circuit_events c JOIN circuit_events o ON o.id = (
  SELECT max(b.id) FROM circuit_events b
  WHERE b.run = c.run AND b.level = c.level AND b.identifier = c.identifier
    AND b.kind = 'state_change' AND b.from_state = 'closed' AND b.id < c.id)
-- The same change in the log, whose order also tells what came first within a millisecond.
JOIN events t ON t.seq = (
  SELECT max(e.seq) FROM events e
  WHERE e.run = c.run AND e.at = c.at AND e.kind = 'circuit_closed'
    AND e.data ->> 'level' = c.level AND e.data ->> 'circuit' = c.identifier)
WHERE c.kind = 'state_change' AND c.to_state = 'closed' AND c.data ->> 'reason' IS NOT 'run_ended'
  AND NOT EXISTS (SELECT 1 FROM events e WHERE e.run = c.run AND e.kind = 'run_ended' AND e.at >= o.at AND e.seq < t.seq)
  AND (SELECT e.kind FROM events e
    WHERE e.run = c.run AND e.kind IN ('run_started', 'run_resumed', 'run_ended') AND e.seq < t.seq
    ORDER BY e.seq DESC LIMIT 1) IS NOT 'run_ended';
`
