import type { Event } from './event.ts'

/**
 * What an event is about, where people may have to be told of it, or where it changes what they were told; null for all
 * other events.
 */
export function subjectOf({ kind, run, task, data }: Event): string | null {
  if (run === null) return null
  switch (kind) {
    case 'circuit_opened':
    case 'circuit_closed':
    case 'circuit_exhausted':
    case 'circuit_flapping':
    case 'circuit_calm':
      return `circuit:${String(data['level'])}:${String(data['circuit'])}`
    case 'worker_replaced':
      return `circuit:worker:${String(data['worker'])}`
    case 'task_needs_human':
    case 'task_failed':
    case 'task_retried':
      return task === null ? null : `task:${task}`
    case 'landing_lost':
      return task === null ? null : `landing:${task}`
    case 'budget_warning':
      return 'budget'
    case 'run_paused':
    case 'run_ended':
      return 'run'
    default:
      return null
  }
}
