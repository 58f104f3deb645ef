/**
 * The order in which tasks are claimed, as columns: those that can be claimed are found in it by an index, however many
 * others there are. And a change of a task writes less: one that counts the version itself is not followed by a second write.
 */
export const CLAIM_ORDER_0013 = `
ALTER TABLE tasks ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
-- Estimated time from its start to the end of the longest chain that depends on it.
ALTER TABLE tasks ADD COLUMN path_ms REAL NOT NULL DEFAULT 0;
UPDATE tasks SET priority = coalesce(json_extract(definition, '$.priority'), 0);
CREATE INDEX tasks_claimable ON tasks (run, priority DESC, path_ms DESC, id) WHERE state IN ('available', 'retryable');
-- Few tasks run or land at a time: tasks_by_state finds them, and each change of a task writes two indexes less.
DROP INDEX tasks_by_lease;
DROP INDEX tasks_in_queue;

DROP TRIGGER tasks_changed;
CREATE TRIGGER tasks_changed AFTER UPDATE ON tasks FOR EACH ROW WHEN NEW.version = OLD.version
BEGIN
  UPDATE tasks SET version = OLD.version + 1, updated_at = CAST(unixepoch('subsec') * 1000 AS INTEGER) WHERE rowid = NEW.rowid;
END;
`
