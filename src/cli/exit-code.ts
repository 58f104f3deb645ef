/** The exit code that tells how a run ended. */
export function exitCodeOf(report: {
  readonly state: 'completed' | 'incomplete' | 'paused' | 'interrupted'
}): number {
  switch (report.state) {
    case 'completed':
      return 0
    case 'incomplete':
      return 1
    case 'paused':
      return 75
    case 'interrupted':
      return 130
  }
}
