const OLDEST_NODE = 24

/**
 * Ends with one line that works, and with `--json` with the document of an error, before anything that an old Node could
 * not load: this file imports nothing, and writes nothing that such a Node cannot read.
 */
export function refuseOldNode(version: string): void {
  if (Number(version.split('.')[0]) >= OLDEST_NODE) return
  const message = `tdd-orchestrator runs on Node ${OLDEST_NODE} or newer, and this is ${version}.`
  const hint = `Try: npx -y node@${OLDEST_NODE} "$(command -v tdd-orchestrator)" --help`
  if (process.argv.includes('--json')) {
    const error = { code: 'node_too_old', message, hint }
    process.stdout.write(`${JSON.stringify({ error }, null, 2)}\n`)
  }
  process.stderr.write(`${message} ${hint}\n`)
  process.exit(2)
}
