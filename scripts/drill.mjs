// All drills, one after the other; with `--kills N`, kills of the built program alone.
import { spawnSync } from 'node:child_process'

const args = process.argv.slice(2)
const run = (program, ...words) => {
  const { status } = spawnSync(program, words, { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}

if (args.length > 0) {
  run(process.execPath, 'scripts/build.mjs', '--if-stale')
  run(process.execPath, 'test/drill/kills.ts', ...args)
} else
  for (const part of ['demo', 'circuits', 'runs', 'rest', 'surroundings', 'mutants'])
    run('npm', 'run', '-s', `drill:${part}`)
