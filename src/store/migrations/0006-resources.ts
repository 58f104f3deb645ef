/** What the processes of an attempt used, written when it ends. The series comes last: sums do not read it. */
export const RESOURCES_0006 = `
CREATE TABLE attempt_resources (
  attempt_id INTEGER PRIMARY KEY REFERENCES attempts (id),
  samples INTEGER NOT NULL,
  cpu_ms REAL NOT NULL,
  -- Of one moment; 0 where nobody looked.
  peak_bytes INTEGER NOT NULL,
  peak_processes INTEGER NOT NULL,
  -- [[milliseconds since the attempt began, processor time, bytes, processes], …], at most 120.
  points TEXT NOT NULL
) STRICT;
`
