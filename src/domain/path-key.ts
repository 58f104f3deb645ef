/** Equal for names and paths that are the same to a file system which ignores letter case or Unicode form. */
export function pathKey(path: string): string {
  return path.normalize('NFC').toUpperCase().toLowerCase().normalize('NFC')
}
