import { handIn } from '../../engine/hand-in.ts'
import { OrchestratorError } from '../../errors.ts'
import type { QuarantinedTest } from '../../observe/open-readonly.ts'
import { openWatch } from '../../observe/open-watch.ts'
import type { CommandContext } from '../command-context.ts'
import { columns, counted } from '../text-lines.ts'

/** `orchestrator quarantine list`. Looks only. */
export async function quarantineListCommand(context: CommandContext): Promise<number> {
  using watched = await openWatch(context)
  const tests = watched.reader?.quarantined() ?? []
  context.output.result('quarantine-list', { quarantined: tests }, [
    ...columns(tests.map(({ file, name, task }) => [file, name, `since the landing of ${task}`])),
    ...(tests.length === 0
      ? ['No test is quarantined.']
      : [
          '',
          `${counted(tests.length, 'test')} ${tests.length === 1 ? 'counts' : 'count'} for nothing until you clear ${tests.length === 1 ? 'it' : 'them'}.`,
          'Next: mend what flickers, then orchestrator quarantine clear FILE [NAME]',
        ]),
  ])
  return 0
}

/** `orchestrator quarantine clear [FILE [NAME]] [--all]`: by the owner of the store beside a live run. */
export async function quarantineClearCommand(
  context: CommandContext,
  which: { readonly file: string | undefined; readonly name: string | undefined; readonly all: boolean },
): Promise<number> {
  using watched = await openWatch(context)
  const { file = null, name = null } = which
  if ((file === null) !== which.all) {
    const what = which.all
      ? 'a file and --all were both given: name the file of the tests, or say --all alone'
      : 'name the file of the tests, or say --all'
    throw new OrchestratorError('usage', what, {
      hint: 'They are shown by: orchestrator quarantine list',
    })
  }
  const known = watched.reader?.quarantined() ?? []
  const cleared =
    known.length === 0
      ? []
      : ((await handIn(watched.place.db, { kind: 'clear_quarantine', file, name })) as QuarantinedTest[])
  if (cleared.length === 0 && !which.all) {
    const asked = name === null ? file : `${JSON.stringify(name)} in ${file}`
    throw new OrchestratorError('test_unknown', `no test of that name is quarantined: ${asked}`, {
      hint: 'They are shown by: orchestrator quarantine list',
    })
  }
  context.output.result('quarantine-change', { cleared }, [
    ...columns(cleared.map((test) => [test.file, test.name])),
    `${counted(cleared.length, 'test')} cleared${cleared.length === 0 ? '' : `; ${cleared.length === 1 ? 'it counts' : 'they count'} again from now on`}.`,
  ])
  return 0
}
