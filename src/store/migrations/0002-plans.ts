/** Every plan that went into a run, as it was read; before, the run kept the first one alone. */
export const PLANS_0002 = `
CREATE TABLE plans (
  id INTEGER PRIMARY KEY,
  run TEXT NOT NULL REFERENCES runs (id),
  text TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;
CREATE INDEX plans_of_run ON plans (run, id);
INSERT INTO plans (run, text, at) SELECT id, plan_text, created_at FROM runs WHERE plan_text <> '' ORDER BY seq;
ALTER TABLE runs DROP COLUMN plan_text;
`
