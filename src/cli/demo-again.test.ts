import { expect, it } from 'vitest'
import { demoAgain } from './demo-again.ts'

it('names the demo as it was started, since a checkout puts no program on the PATH', () => {
  expect(demoAgain({})).toBe('orchestrator demo --keep some-directory')
  expect(demoAgain({ npm_lifecycle_event: 'npx' })).toBe('orchestrator demo --keep some-directory')
  for (const event of ['demo', 'demo:run'])
    expect(demoAgain({ npm_lifecycle_event: event })).toBe('npm run demo -- --keep some-directory')
})
