import { markPlace } from '../../src/engine/place-marks.ts'

// Says that it works in the place of argv[2], as argv[3], and ends without giving it back.
const [, , directory = '', ownerId = ''] = process.argv
await markPlace(directory, { ownerId, db: null })
