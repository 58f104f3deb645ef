/** Which model worked on an attempt and why, what was warned of budgets, and ways to what a day and a kind of attempt used. */
export const MODELS_0011 = `
-- What worked on it; null where no agent was called. The model: null where the driver does not say what its tiers are.
ALTER TABLE attempts ADD COLUMN tier TEXT;
ALTER TABLE attempts ADD COLUMN model TEXT;
-- Why that tier, and after how many refusals.
ALTER TABLE attempts ADD COLUMN tier_reason TEXT;
ALTER TABLE attempts ADD COLUMN tier_refusals INTEGER;
-- [{tier, model, usd}, …]: what the same tokens cost elsewhere; written when it ends.
ALTER TABLE attempts ADD COLUMN alternatives TEXT;

-- Each is told once. A budget that was raised is another one.
CREATE TABLE budget_warnings (
  scope TEXT NOT NULL,
  -- The run; the task by its number and its generation; the day by its beginning.
  subject TEXT NOT NULL,
  measure TEXT NOT NULL,
  most REAL NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (scope, subject, measure, most)
) STRICT, WITHOUT ROWID;

CREATE INDEX attempts_by_start ON attempts (started_at);
CREATE INDEX attempts_by_agent ON attempts (agent, stage) WHERE agent IS NOT NULL;
`
