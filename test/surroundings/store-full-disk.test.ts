import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { DRILL } from '../support/drill.ts'
import { expectWhole, letterRuns } from '../support/letter-runs.ts'
import { whyNoSandbox } from '../support/sandbox.ts'
import { randomOf } from '../support/seeded-random.ts'
import { canMount, onSmallDisk } from '../support/small-disk.ts'

const DISK_BYTES = 200 * 1024 * 1024
const canPlay = (await whyNoSandbox()) === null && canMount()

/**
 * Runs the program until it has come to its end, on a disk that is filled for a while at a random moment of each start. Its
 * arguments: state directory, copy of it, where to write how each start ended, seconds to the first fillings, and the program.
 */
const SCRIPT = `
state=$1; copy=$2; ends=$3; moments=$4; shift 4
cp -a "$copy/." "$state/"
for moment in $moments 0; do
  resume=$(test -e "$ends" && echo --resume)
  if [ "$moment" != 0 ]; then
    ( sleep "$moment"; dd if=/dev/zero of="$state/large" bs=64k 2>/dev/null; sleep 9; rm -f "$state/large" ) & filler=$!
  fi
  "$@" $resume >>"$ends.out" 2>"$ends.err"; code=$?
  echo "$code" >>"$ends"; cat "$ends.err" >>"$ends.all"
  [ "$moment" != 0 ] && wait $filler
  [ "$code" = 0 ] && break
done
cp -a "$state/." "$copy/"
exit $code
`

describe.runIf(DRILL && canPlay)('a run whose disk is full at random moments', () => {
  it.each([1, 2])(
    'says so calmly, loses and doubles nothing, and comes to its end once there is room: seed %i',
    async (seed) => {
      const random = randomOf(seed)
      const runs = await letterRuns(['A', 'B', 'C'])
      const { repo } = runs
      const copy = join(repo.directory, 'kept-state')
      mkdirSync(copy)
      const ends = join(repo.directory, 'ends')
      // What was handed in lies on the large disk until the small one is there.
      execFileSync('cp', ['-a', `${repo.state}/.`, copy])
      const moments = Array.from({ length: 4 }, () => (2 + random() * 15).toFixed(1)).join(' ')
      const within = [
        ...onSmallDisk(repo.state, DISK_BYTES),
        'sh',
        '-c',
        SCRIPT,
        'sh',
        repo.state,
        copy,
        ends,
        moments,
      ]
      const { code, stderr } = await runs.work([], { within })
      const said = readFileSync(`${ends}.all`, 'utf8')
      expect(code, stderr + said).toBe(0)
      for (const each of readFileSync(ends, 'utf8').trim().split('\n'))
        expect(['0', '70', '75', '1'], said).toContain(each)
      expect(said, 'no stack trace').not.toMatch(/\n\s+at .+:\d+/)
      execFileSync('cp', ['-a', `${copy}/.`, repo.state])
      expectWhole(runs)
    },
  )
})
