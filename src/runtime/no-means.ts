/** Why the machine starts no more programs, and what to do; by code. Whatever was to be started is not to blame. */
const REASONS: Readonly<Record<string, string>> = {
  EMFILE: 'no more files may be open in this process: raise the limit (ulimit -n), or run fewer workers',
  ENFILE: 'no more files may be open on this machine: close some, or run fewer workers',
  EAGAIN: 'no more processes may run: raise the limit (ulimit -u), or run fewer workers',
  ENOMEM: 'there is no memory left: run fewer workers',
}

/** What the machine lacks where it could not start a program, in words; null where it lacks nothing. */
export function lackingMeans(code: string): string | null {
  return REASONS[code] ?? null
}
