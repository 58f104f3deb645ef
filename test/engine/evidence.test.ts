import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { environmentKey } from '../../src/engine/environment-key.ts'
import { storedEvidence } from '../../src/engine/laboratory.ts'
import { NOTHING_INCLUDED } from '../../src/git/included-files.ts'
import { engineSample } from '../support/engine-sample.ts'
import { letterFiles } from '../support/letters.ts'

describe('kept measurements', () => {
  it('serve the run that made them, and no later one', async () => {
    const sample = engineSample(letterFiles)
    await using engine = await sample.open()
    const yesterday = storedEvidence({ ...engine.world, run: 'one' })
    await yesterday.keep('tests:base', 'red for want of a tool')
    expect(await yesterday.recall('tests:base')).toBe('red for want of a tool')
    expect(await storedEvidence({ ...engine.world, run: 'two' }).recall('tests:base')).toBeNull()
  })
})

describe('the environment of a measurement', () => {
  it('is the same until something in it changes', () => {
    const { world } = withNode('one')
    expect(environmentKey(world)).toBe(environmentKey({ ...world, environment: { ...world.environment } }))
  })

  it('differs by containment, PATH, language, files of the checkout and the tree that setup runs in', () => {
    const { world } = withNode('one')
    const others = [
      { ...world, contained: false },
      { ...world, environment: { PATH: '/nowhere' } },
      { ...world, environment: { ...world.environment, LANG: 'tr_TR.UTF-8' } },
      { ...world, places: { ...world.places, env: { main: { MODE: 'other' } } } },
      { ...world, included: { ...world.included, digest: 'of a file' } },
      { ...world, setupTrust: { ...world.setupTrust, tree: 'b2' } },
    ]
    expect(new Set([world, ...others].map(environmentKey)).size).toBe(7)
  })

  it('differs when another program stands at the same place of the PATH', () => {
    const { world, replaceNode } = withNode('one')
    const before = environmentKey(world)
    replaceNode('another')
    expect(environmentKey(world)).not.toBe(before)
  })
})

const HERE = { places: { env: {}, teardown: {}, copySetup: {}, secrets: [] }, included: NOTHING_INCLUDED }

function withNode(text: string) {
  const directory = mkdtempSync(join(tmpdir(), 'programs-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const replaceNode = (other: string): void => writeFileSync(join(directory, 'node'), other, { mode: 0o755 })
  replaceNode(text)
  const world = {
    ...HERE,
    contained: true,
    environment: { PATH: directory },
    setupTrust: { tree: 'a1', secrets: {} },
  }
  return { world, replaceNode }
}
