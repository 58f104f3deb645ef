/** Tables of the first schema. Times are milliseconds since the epoch; JSON columns hold what the domain types describe. */
export const TABLES_0001 = `
CREATE TABLE schema_version (
  version INTEGER PRIMARY KEY,
  applied_at INTEGER NOT NULL
) STRICT;

CREATE TABLE owner (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  host TEXT NOT NULL,
  boot_id TEXT NOT NULL,
  pid INTEGER NOT NULL,
  process_start TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  since INTEGER NOT NULL,
  lease_until INTEGER NOT NULL,
  released INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE counters (
  name TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE runs (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  title TEXT NOT NULL,
  suites TEXT NOT NULL,
  limits TEXT NOT NULL,
  agent TEXT NOT NULL,
  requirements TEXT NOT NULL,
  plan_text TEXT NOT NULL,
  state TEXT NOT NULL,
  reason TEXT,
  target TEXT,
  base TEXT,
  workers INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  started_at INTEGER,
  ended_at INTEGER,
  version INTEGER NOT NULL DEFAULT 1,
  updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE tasks (
  id INTEGER PRIMARY KEY,
  run TEXT NOT NULL REFERENCES runs (id),
  key TEXT NOT NULL,
  definition TEXT NOT NULL,
  state TEXT NOT NULL,
  state_since INTEGER NOT NULL,
  -- Dependencies that are not completed, and dependencies in a state that blocks.
  unmet INTEGER NOT NULL DEFAULT 0,
  blockers INTEGER NOT NULL DEFAULT 0,
  not_before INTEGER,
  reason TEXT,
  refusal TEXT,
  merge_commit TEXT,
  generation INTEGER NOT NULL DEFAULT 1,
  accepted_since INTEGER NOT NULL DEFAULT 1,
  note TEXT,
  claimed_by TEXT,
  token INTEGER,
  lease_until INTEGER,
  -- Place in the landing queue: those that came back go first.
  returned INTEGER NOT NULL DEFAULT 0,
  arrival INTEGER,
  version INTEGER NOT NULL DEFAULT 1,
  updated_at INTEGER NOT NULL,
  UNIQUE (run, key)
) STRICT;
CREATE INDEX tasks_by_state ON tasks (run, state);
CREATE INDEX tasks_by_lease ON tasks (run, lease_until) WHERE state = 'running';
CREATE INDEX tasks_in_queue ON tasks (run, returned DESC, arrival) WHERE state = 'landing';

CREATE TABLE dependencies (
  task_id INTEGER NOT NULL REFERENCES tasks (id),
  depends_on INTEGER NOT NULL REFERENCES tasks (id),
  PRIMARY KEY (task_id, depends_on)
) STRICT, WITHOUT ROWID;
CREATE INDEX dependants ON dependencies (depends_on, task_id);

CREATE TABLE held_locks (
  run TEXT NOT NULL,
  key TEXT NOT NULL,
  is_prefix INTEGER NOT NULL,
  task_id INTEGER NOT NULL REFERENCES tasks (id),
  PRIMARY KEY (run, key, is_prefix, task_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX held_locks_by_task ON held_locks (task_id);

CREATE TABLE attempts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  run TEXT NOT NULL,
  task_id INTEGER NOT NULL REFERENCES tasks (id),
  stage TEXT NOT NULL,
  number INTEGER NOT NULL,
  generation INTEGER NOT NULL,
  agent TEXT,
  worker TEXT NOT NULL,
  kind TEXT NOT NULL,
  outcome TEXT NOT NULL,
  evidence TEXT,
  started_at INTEGER NOT NULL,
  ended_at INTEGER,
  agent_ms REAL NOT NULL DEFAULT 0,
  verify_ms REAL NOT NULL DEFAULT 0,
  wait_ms REAL NOT NULL DEFAULT 0,
  engine_ms REAL NOT NULL DEFAULT 0,
  version INTEGER NOT NULL DEFAULT 1,
  updated_at INTEGER NOT NULL,
  UNIQUE (task_id, generation, number)
) STRICT;
CREATE INDEX attempts_running ON attempts (run, task_id) WHERE kind = 'running';
CREATE INDEX attempts_by_run ON attempts (run, worker);

-- One row for what was reserved, one for what streamed in, one for what was settled.
CREATE TABLE amounts (
  attempt_id INTEGER NOT NULL REFERENCES attempts (id),
  kind TEXT NOT NULL CHECK (kind IN ('reserved', 'streamed', 'settled')),
  estimated INTEGER NOT NULL DEFAULT 0,
  invocations INTEGER NOT NULL,
  input_tokens INTEGER NOT NULL,
  output_tokens INTEGER NOT NULL,
  cache_read_tokens INTEGER NOT NULL,
  cache_write_tokens INTEGER NOT NULL,
  cost_usd REAL NOT NULL,
  PRIMARY KEY (attempt_id, kind)
) STRICT, WITHOUT ROWID;

-- Sums of settled amounts, so that a budget check does not read every attempt.
CREATE TABLE spend_totals (
  run TEXT NOT NULL,
  estimated INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  invocations INTEGER NOT NULL DEFAULT 0,
  input_tokens INTEGER NOT NULL DEFAULT 0,
  output_tokens INTEGER NOT NULL DEFAULT 0,
  cache_read_tokens INTEGER NOT NULL DEFAULT 0,
  cache_write_tokens INTEGER NOT NULL DEFAULT 0,
  cost_usd REAL NOT NULL DEFAULT 0,
  agent_ms REAL NOT NULL DEFAULT 0,
  verify_ms REAL NOT NULL DEFAULT 0,
  wait_ms REAL NOT NULL DEFAULT 0,
  engine_ms REAL NOT NULL DEFAULT 0,
  PRIMARY KEY (run, estimated)
) STRICT, WITHOUT ROWID;

CREATE TABLE transcripts (
  attempt_id INTEGER PRIMARY KEY REFERENCES attempts (id),
  text TEXT NOT NULL
) STRICT;

CREATE TABLE landing_leases (
  target TEXT PRIMARY KEY,
  holder TEXT,
  token INTEGER NOT NULL,
  lease_until INTEGER NOT NULL,
  version INTEGER NOT NULL DEFAULT 1,
  updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE landing_intents (
  task_id INTEGER PRIMARY KEY REFERENCES tasks (id),
  run TEXT NOT NULL,
  target TEXT NOT NULL,
  token INTEGER NOT NULL,
  expected TEXT NOT NULL,
  merge_commit TEXT NOT NULL,
  red TEXT NOT NULL,
  green TEXT NOT NULL,
  evidence TEXT NOT NULL,
  evidence_text TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX landing_intents_by_run ON landing_intents (run);

CREATE TABLE landing_receipts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  task_id INTEGER NOT NULL REFERENCES tasks (id),
  run TEXT NOT NULL,
  target TEXT NOT NULL,
  merge_commit TEXT NOT NULL,
  red TEXT NOT NULL,
  green TEXT NOT NULL,
  evidence TEXT NOT NULL,
  landed_at INTEGER NOT NULL,
  lost_at INTEGER,
  version INTEGER NOT NULL DEFAULT 1,
  updated_at INTEGER NOT NULL,
  UNIQUE (task_id, merge_commit)
) STRICT;
CREATE INDEX landing_receipts_by_run ON landing_receipts (run, id);

CREATE TABLE landing_returns (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  task_id INTEGER NOT NULL REFERENCES tasks (id),
  generation INTEGER NOT NULL,
  after_attempt INTEGER NOT NULL,
  head TEXT NOT NULL,
  kind TEXT NOT NULL,
  refusal TEXT NOT NULL,
  returned_at INTEGER NOT NULL
) STRICT;
CREATE INDEX landing_returns_by_task ON landing_returns (task_id);

CREATE TABLE evidence (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL,
  kept_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE workers (
  run TEXT NOT NULL,
  worker TEXT NOT NULL,
  state TEXT NOT NULL,
  task TEXT,
  stage TEXT,
  since INTEGER NOT NULL,
  version INTEGER NOT NULL DEFAULT 1,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (run, worker)
) STRICT;

CREATE TABLE events (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  run TEXT,
  kind TEXT NOT NULL,
  task TEXT,
  attempt INTEGER,
  data TEXT NOT NULL
) STRICT;
CREATE INDEX events_by_run ON events (run, seq);

CREATE TABLE requests (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  body TEXT NOT NULL,
  answer TEXT,
  answered_at INTEGER,
  version INTEGER NOT NULL DEFAULT 1,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX requests_open ON requests (id) WHERE answered_at IS NULL;

CREATE TABLE circuits (
  id INTEGER PRIMARY KEY,
  run TEXT NOT NULL,
  level TEXT NOT NULL CHECK (level IN ('stage', 'worker', 'system')),
  identifier TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('closed', 'open', 'half_open')),
  failures INTEGER NOT NULL DEFAULT 0,
  successes INTEGER NOT NULL DEFAULT 0,
  probes INTEGER NOT NULL DEFAULT 0,
  extensions INTEGER NOT NULL DEFAULT 0,
  trips INTEGER NOT NULL DEFAULT 0,
  cause TEXT,
  opened_at INTEGER,
  probe_at INTEGER,
  state_since INTEGER NOT NULL,
  details TEXT NOT NULL DEFAULT '{}',
  version INTEGER NOT NULL DEFAULT 1,
  updated_at INTEGER NOT NULL,
  UNIQUE (run, level, identifier)
) STRICT;
CREATE INDEX circuits_not_closed ON circuits (run, level) WHERE state <> 'closed';

CREATE TABLE circuit_events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  run TEXT NOT NULL,
  level TEXT NOT NULL,
  identifier TEXT NOT NULL,
  kind TEXT NOT NULL,
  from_state TEXT,
  to_state TEXT,
  cause TEXT,
  data TEXT NOT NULL
) STRICT;
CREATE INDEX circuit_events_by_circuit ON circuit_events (run, level, identifier, at);
CREATE INDEX circuit_events_by_time ON circuit_events (kind, at);

CREATE TABLE failure_counts (
  run TEXT NOT NULL,
  level TEXT NOT NULL,
  identifier TEXT NOT NULL,
  bucket INTEGER NOT NULL,
  cause TEXT NOT NULL,
  failures INTEGER NOT NULL DEFAULT 0,
  successes INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (run, level, identifier, bucket, cause)
) STRICT, WITHOUT ROWID;
`
