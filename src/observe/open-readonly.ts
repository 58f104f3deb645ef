import { openReader, type StoreReader } from '../store/reader.ts'

/** The only place where those who watch meet the store. Null when nothing has been stored yet. */
export function openReadonly(path: string): StoreReader | null {
  return openReader(path)
}
