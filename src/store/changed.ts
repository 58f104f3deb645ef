/** What a statement sets that counts the version of a task itself: the trigger, a second write, then has nothing to do. */
export const CHANGED = "version = version + 1, updated_at = CAST(unixepoch('subsec') * 1000 AS INTEGER)"
