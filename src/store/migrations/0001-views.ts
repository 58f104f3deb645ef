/** Views for people and dashboards, and the triggers of the first schema. */
const NOW_MS = `CAST(unixepoch('subsec') * 1000 AS INTEGER)`

const VIEWS = `
CREATE VIEW v_ready_tasks AS
SELECT t.run, t.key, t.state, t.not_before, t.state_since
FROM tasks t JOIN runs r ON r.id = t.run
WHERE r.state = 'running'
  AND (t.state = 'available' OR (t.state = 'retryable' AND t.not_before <= ${NOW_MS}))
  AND t.unmet = 0;

CREATE VIEW v_stale_claims AS
SELECT run, key, claimed_by, token, lease_until, ${NOW_MS} - lease_until AS late_ms
FROM tasks
WHERE state = 'running' AND lease_until <= ${NOW_MS};

CREATE VIEW v_open_circuits AS
SELECT run, level, identifier, state, cause, failures, extensions, opened_at, probe_at
FROM circuits
WHERE state <> 'closed';

CREATE VIEW v_flapping_circuits AS
SELECT run, level, identifier, count(*) AS changes, max(at) AS last_change_at
FROM circuit_events
WHERE kind = 'state_change' AND at > ${NOW_MS} - 300000
GROUP BY run, level, identifier
HAVING count(*) > 5;

CREATE VIEW v_circuit_health_summary AS
SELECT level,
  count(*) AS total,
  sum(state = 'closed') AS closed,
  sum(state = 'open') AS open,
  sum(state = 'half_open') AS half_open
FROM circuits
GROUP BY level;

CREATE VIEW v_worker_stats AS
SELECT a.run, a.worker,
  count(*) AS attempts,
  sum(a.kind = 'accepted') AS accepted,
  sum(a.kind = 'refused') AS refused,
  sum(a.kind = 'lost') AS lost,
  count(DISTINCT a.task_id) AS tasks,
  sum(a.agent_ms) AS agent_ms,
  sum(a.verify_ms) AS verify_ms,
  max(coalesce(a.ended_at, a.started_at)) AS last_seen_at
FROM attempts a
GROUP BY a.run, a.worker;

CREATE VIEW v_spend AS
SELECT a.run,
  count(*) AS attempts,
  sum(m.invocations) AS invocations,
  sum(m.input_tokens) AS input_tokens,
  sum(m.output_tokens) AS output_tokens,
  sum(m.cache_read_tokens) AS cache_read_tokens,
  sum(m.cache_write_tokens) AS cache_write_tokens,
  sum(m.cost_usd) AS cost_usd,
  sum(m.estimated) AS estimated_attempts,
  sum(a.agent_ms) AS agent_ms,
  sum(a.verify_ms) AS verify_ms,
  sum(a.wait_ms) AS wait_ms,
  sum(a.engine_ms) AS engine_ms
FROM attempts a JOIN amounts m ON m.attempt_id = a.id AND m.kind = 'settled'
GROUP BY a.run;
`

const STATE_TABLES = [
  'runs',
  'tasks',
  'attempts',
  'landing_leases',
  'landing_receipts',
  'workers',
  'requests',
  'circuits',
]

/** Each change of a state row counts its version up and notes when; no statement can forget it. */
const VERSION_TRIGGERS = STATE_TABLES.map(
  (table) => `
CREATE TRIGGER ${table}_changed AFTER UPDATE ON ${table} FOR EACH ROW
BEGIN
  UPDATE ${table} SET version = OLD.version + 1, updated_at = ${NOW_MS} WHERE rowid = NEW.rowid;
END;
`,
).join('')

/** History is only ever added to. */
const APPEND_ONLY_TRIGGERS = ['events', 'circuit_events']
  .flatMap((table) =>
    ['UPDATE', 'DELETE'].map(
      (verb) => `
CREATE TRIGGER ${table}_no_${verb.toLowerCase()} BEFORE ${verb} ON ${table}
BEGIN
  SELECT raise(ABORT, '${table} is append-only');
END;
`,
    ),
  )
  .join('')

export const VIEWS_0001 = VIEWS + VERSION_TRIGGERS + APPEND_ONLY_TRIGGERS
