/**
 * Whether so many tasks failed that it cannot be the fault of a few: as many as are asked for, or all that could have
 * failed where those are fewer. One alone is never enough where more are asked for: for that there is the circuit of its stage.
 */
export function areNotFew(
  failed: readonly string[],
  { asked, workable }: { readonly asked: number; readonly workable: readonly string[] },
): boolean {
  if (asked < 2) return true
  const could = new Set([...failed, ...workable]).size
  return failed.length >= Math.max(2, Math.min(asked, could))
}

/** Each once, and never more than somebody asks for: what is kept stays small whatever fails. */
export function withTask(tasks: readonly string[], task: string, most: number): readonly string[] {
  return most < 2 || tasks.length >= most || tasks.includes(task) ? tasks : [...tasks, task]
}
