/** Of the last migration; here, so that those who only read load none of them. */
export const NEWEST_VERSION = 15

/** Marks the file as a store of this program (`PRAGMA application_id`). */
export const APPLICATION_ID = 0x54_44_44_31
