/** Tasks that people have taken, and landings that wait until a person approves them. */
export const PEOPLE_0010 = `
ALTER TABLE runs ADD COLUMN approve INTEGER NOT NULL DEFAULT 0;

-- Counts while the task is running under the same token.
CREATE TABLE person_holds (
  task_id INTEGER PRIMARY KEY REFERENCES tasks (id),
  token INTEGER NOT NULL,
  person TEXT NOT NULL,
  directory TEXT,
  base TEXT,
  asks TEXT CHECK (asks IN ('directory', 'verdict')),
  give_back INTEGER NOT NULL DEFAULT 0,
  waivers TEXT NOT NULL DEFAULT '[]',
  problem TEXT,
  taken_at INTEGER NOT NULL,
  version INTEGER NOT NULL DEFAULT 1,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE TRIGGER person_holds_changed AFTER UPDATE ON person_holds FOR EACH ROW
BEGIN
  UPDATE person_holds SET version = OLD.version + 1, updated_at = CAST(unixepoch('subsec') * 1000 AS INTEGER) WHERE rowid = NEW.rowid;
END;

-- Counts for the one time that the task arrived in the landing queue.
CREATE TABLE approvals (
  task_id INTEGER PRIMARY KEY REFERENCES tasks (id),
  arrival INTEGER NOT NULL,
  work TEXT NOT NULL,
  person TEXT NOT NULL,
  approved_at INTEGER NOT NULL
) STRICT;
`
