#!/usr/bin/env node
import { refuseOldNode } from './node-version.ts'

refuseOldNode(process.versions.node)
const { runCommandLine } = await import('./command-line.ts')
process.exitCode = await runCommandLine(process.argv.slice(2))
