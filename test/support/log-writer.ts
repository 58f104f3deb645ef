import { DatabaseSync } from 'node:sqlite'

/** Writes a database without end and without owning it, so that its log is begun anew all the time: `log-writer.ts PATH`. */
const db = new DatabaseSync(process.argv[2] ?? '')
db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA wal_autocheckpoint = 200')
db.exec('CREATE TABLE IF NOT EXISTS t (x)')
for (let n = 1; ; n += 1) {
  db.exec('INSERT INTO t VALUES (hex(randomblob(500)))')
  if (n % 400 === 0) console.log(n)
}
