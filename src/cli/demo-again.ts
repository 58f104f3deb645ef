import type { Environment } from '../config/environment.ts'

/** What to type to see the demo again and keep its repository. */
export function demoAgain(env: Environment): string {
  const byNpm = /^demo(:run)?$/.test(env['npm_lifecycle_event'] ?? '')
  return `${byNpm ? 'npm run demo --' : 'orchestrator demo'} --keep some-directory`
}
