import { Command } from 'commander'
import type { CommandTable } from './command-context.ts'

type Flags = Readonly<Record<string, unknown>>

/** Commands about the repository, the machine and what is kept there. */
export function addPlaceCommands({ context, ended, add }: CommandTable): void {
  add(new Command('init'))
    .description('find suites and checks, and write .tdd/config.toml')
    .option('--dry-run', 'show the file and write nothing')
    .option('--print', 'the same as --dry-run')
    .option('--force', 'write over a file that is there')
    .action(async (flags: Flags) => {
      const { initCommand } = await import('./commands/init.ts')
      ended(await initCommand(context, flags))
    })
  add(new Command('doctor'))
    .description('whether this machine and this repository are ready, and what is missing')
    .option('--tree', 'also try it: a fresh tree, setup, every test, and a broken line that must be noticed')
    .action(async (flags: Flags) => {
      const { doctorCommand } = await import('./commands/doctor.ts')
      ended(await doctorCommand(context, flags))
    })
  add(new Command('config'))
    .description('each value of the configuration and where it came from')
    .option('--schema', 'print the JSON Schema of .tdd/config.toml')
    .action(async (flags: Flags) => {
      const { configCommand } = await import('./commands/config.ts')
      ended(await configCommand(context, flags))
    })
  add(new Command('clean'))
    .description('remove trees and caches; never work that has not landed')
    .option('--dry-run', 'only say what would be removed')
    .option('--history', 'also the store and the objects of runs that have ended')
    .action(async (flags: Flags) => {
      const { cleanCommand } = await import('./commands/clean.ts')
      ended(await cleanCommand(context, flags))
    })
  add(new Command('uninstall'))
    .description('remove everything kept for this repository; branches and notes stay')
    .option('--yes', 'do it without asking')
    .action(async (flags: Flags) => {
      const { uninstallCommand } = await import('./commands/uninstall.ts')
      ended(await uninstallCommand(context, flags))
    })
}
