#!/usr/bin/env node
import { refuseOldNode } from './node-version.ts'

refuseOldNode(process.versions.node)
const args = process.argv.slice(2)
const [name, ...others] = args.filter((word) => word !== '--json')
if ((name === 'status' || name === 'health') && others.length === 0) {
  const { runLightCommand } = await import('./light-commands.ts')
  process.exitCode = await runLightCommand(name, args)
} else {
  const { runCommandLine } = await import('./command-line.ts')
  process.exitCode = await runCommandLine(args)
}
