const NOW_MS = `CAST(unixepoch('subsec') * 1000 AS INTEGER)`

const CHANGED = ['notifications', 'notification_subjects']
  .map(
    (table) => `
CREATE TRIGGER ${table}_changed AFTER UPDATE ON ${table} FOR EACH ROW
BEGIN
  UPDATE ${table} SET version = OLD.version + 1, updated_at = ${NOW_MS} WHERE rowid = NEW.rowid;
END;
`,
  )
  .join('')

/** What people are told, on its way to each receiver; and what is remembered of each subject. The cursor is a counter. */
export const NOTIFICATIONS_0005 = `
CREATE TABLE notifications (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  run TEXT NOT NULL,
  -- The event that it tells.
  event INTEGER NOT NULL,
  receiver TEXT NOT NULL CHECK (receiver IN ('slack', 'webhook')),
  subject TEXT NOT NULL,
  severity TEXT NOT NULL CHECK (severity IN ('info', 'warning', 'critical')),
  content TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('pending', 'sent', 'suppressed', 'given_up')),
  -- Why it is suppressed.
  reason TEXT,
  -- What goes out together has one; kept when it is tried again.
  message TEXT,
  -- When it may be tried, or tried again.
  due_at INTEGER NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0,
  last_error TEXT,
  created_at INTEGER NOT NULL,
  sent_at INTEGER,
  version INTEGER NOT NULL DEFAULT 1,
  updated_at INTEGER NOT NULL,
  UNIQUE (event, receiver)
) STRICT;
CREATE INDEX notifications_pending ON notifications (receiver, due_at) WHERE state = 'pending';
CREATE INDEX notifications_waiting ON notifications (run, subject) WHERE state = 'pending';
CREATE INDEX notifications_by_message ON notifications (message);
CREATE INDEX notifications_by_time ON notifications (created_at) WHERE state <> 'pending';

CREATE TABLE notification_subjects (
  run TEXT NOT NULL,
  subject TEXT NOT NULL,
  memory TEXT NOT NULL,
  version INTEGER NOT NULL DEFAULT 1,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (run, subject)
) STRICT;
CREATE INDEX notification_subjects_by_time ON notification_subjects (updated_at);

CREATE VIEW v_notification_history AS
SELECT run, receiver, subject, severity,
  json_extract(content, '$.title') AS title,
  json_extract(content, '$.why') AS why,
  state, reason, message, tries, last_error, event, created_at, due_at, sent_at
FROM notifications
ORDER BY id;
${CHANGED}`
