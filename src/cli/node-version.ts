const OLDEST_NODE = 24

/** Ends with one line that works, before anything that an old Node could not load. */
export function refuseOldNode(version: string): void {
  if (Number(version.split('.')[0]) >= OLDEST_NODE) return
  process.stderr.write(
    `tdd-orchestrator runs on Node ${OLDEST_NODE} or newer, and this is ${version}. Try: npx -y node@${OLDEST_NODE} "$(command -v tdd-orchestrator)" --help\n`,
  )
  process.exit(2)
}
