const NOW_MS = `CAST(unixepoch('subsec') * 1000 AS INTEGER)`

/** What people see of circuits is of the run that commands mean, by the rules of `orchestrator health`. */
export const CIRCUIT_VIEWS_0007 = `
DROP VIEW v_open_circuits;
DROP VIEW v_circuit_health_summary;
DROP VIEW v_flapping_circuits;

-- The run that was last made, worked or changed by a person: whatever is done with one leaves an event of it.
CREATE VIEW v_current_run AS
SELECT id AS run FROM runs
ORDER BY coalesce((SELECT max(e.seq) FROM events e WHERE e.run = runs.id), 0) DESC, seq DESC LIMIT 1;

-- ended: what it guards goes on no more by itself, so that it holds nothing back. The task stands before the last colon.
CREATE VIEW v_open_circuits AS
SELECT c.run, c.level, c.identifier, c.state, c.cause, c.failures, c.extensions, c.opened_at, c.probe_at,
  CASE
    WHEN w.state = 'stopped' THEN 'worker_retired'
    WHEN t.state IN ('completed', 'failed', 'needs_human', 'cancelled') THEN 'task_' || t.state
  END AS ended
FROM circuits c JOIN v_current_run r ON r.run = c.run
LEFT JOIN tasks t ON c.level = 'stage' AND t.run = c.run
  AND t.key = substr(c.identifier, 1, length(rtrim(c.identifier, replace(c.identifier, ':', ''))) - 1)
LEFT JOIN workers w ON c.level = 'worker' AND w.run = c.run AND w.worker = c.identifier
WHERE c.state <> 'closed';

CREATE VIEW v_circuit_health_summary AS
SELECT c.run, c.level,
  count(*) AS total,
  sum(c.state = 'closed') AS closed,
  sum(c.state = 'open') AS open,
  sum(c.state = 'half_open') AS half_open,
  count(o.ended) AS ended
FROM circuits c JOIN v_current_run r ON r.run = c.run
LEFT JOIN v_open_circuits o ON o.level = c.level AND o.identifier = c.identifier
GROUP BY c.run, c.level;

-- It flapped when its state changed last, and has not been calm since: at most twice in five minutes.
CREATE VIEW v_flapping_circuits AS
SELECT c.run, c.level, c.identifier, count(*) AS changes, max(e.at) AS last_change_at
FROM circuits c JOIN v_current_run r ON r.run = c.run
JOIN circuit_events e ON e.run = c.run AND e.level = c.level AND e.identifier = c.identifier
WHERE json_extract(c.details, '$.circuit.history.flapping') AND e.kind = 'state_change' AND e.at > ${NOW_MS} - 300000
GROUP BY c.run, c.level, c.identifier
HAVING count(*) > 2;
`
