/** Tests that count for nothing until a person clears them: a matter of the repository, not of one run. */
export const QUARANTINE_0003 = `
CREATE TABLE quarantined_tests (
  file TEXT NOT NULL,
  name TEXT NOT NULL,
  -- The landing at which it disagreed with itself.
  run TEXT NOT NULL,
  task TEXT NOT NULL,
  since INTEGER NOT NULL,
  version INTEGER NOT NULL DEFAULT 1,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (file, name)
) STRICT;

CREATE TRIGGER quarantined_tests_changed AFTER UPDATE ON quarantined_tests FOR EACH ROW
BEGIN
  UPDATE quarantined_tests SET version = OLD.version + 1,
    updated_at = CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) WHERE rowid = NEW.rowid;
END;

-- Before, a quarantine was kept with the evidence of one run, under quarantined:<run>:["file","name"].
INSERT OR IGNORE INTO quarantined_tests (file, name, run, task, since, updated_at)
  SELECT json_extract(substr(rest, instr(rest, ':') + 1), '$[0]'), json_extract(substr(rest, instr(rest, ':') + 1), '$[1]'),
    substr(rest, 1, instr(rest, ':') - 1), value, kept_at, kept_at
  FROM (SELECT substr(key, 13) AS rest, value, kept_at FROM evidence WHERE key LIKE 'quarantined:%') ORDER BY kept_at;
DELETE FROM evidence WHERE key LIKE 'quarantined:%';
`
