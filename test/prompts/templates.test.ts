import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ownTemplates, readTemplates } from '../../src/prompts/templates.ts'

const OWN = ownTemplates()

function directoryWith(files: Readonly<Record<string, string>>): string {
  const directory = mkdtempSync(join(tmpdir(), 'prompts-'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text)
  return directory
}

describe('readTemplates', () => {
  it('takes those of people in the places of ours, and ours where there is none', async () => {
    const red = OWN.red.replace('# Write the tests', '# Please write the tests')
    const read = await readTemplates(directoryWith({ 'red.md': red, 'README.md': '{{anything}}' }))
    expect(read).toEqual({ ...OWN, red })
    expect(await readTemplates(join(directoryWith({}), 'missing'))).toEqual(OWN)
  })

  it.each([
    [
      'a name that does not exist',
      OWN.red.replace('{{task}}', '{{tsak}}'),
      /red\.md:\d+: .*\{\{tsak\}\}/,
      'did you mean "task"?',
    ],
    ['an empty name', `${OWN.red}{{}}`, /red\.md:\d+/, /known: project/],
    ['a missing name', OWN.red.replace('{{refusals}}', ''), /red\.md: .*\{\{refusals\}\}/, /line of its own/],
    ['a name twice', `${OWN.red}{{task}}\n`, /red\.md:\d+: .*again/, /line \d+/],
    ['too long a text', `${OWN.red}${'x'.repeat(70_000)}`, /65536/, /shorter/],
  ])('refuses %s, with file and line', async (_, text, message, hint) => {
    await expect(readTemplates(directoryWith({ 'red.md': text }))).rejects.toMatchObject({
      code: 'prompt_invalid',
      message: expect.stringMatching(message) as string,
      hint: expect.stringMatching(hint) as string,
    })
  })

  it('refuses a file for no stage, a link, and a directory in place of a file', async () => {
    await expect(readTemplates(directoryWith({ 'redfix.md': OWN.red }))).rejects.toMatchObject({
      code: 'prompt_invalid',
      hint: expect.stringContaining('red_fix') as string,
    })
    const linked = directoryWith({})
    symlinkSync('/etc/passwd', join(linked, 'green.md'))
    await expect(readTemplates(linked)).rejects.toMatchObject({ code: 'prompt_invalid' })
    const nested = directoryWith({})
    mkdirSync(join(nested, 'green.md'))
    await expect(readTemplates(nested)).rejects.toMatchObject({ code: 'prompt_invalid' })
    await expect(readTemplates(join(directoryWith({ file: '' }), 'file'))).rejects.toMatchObject({
      code: 'prompt_invalid',
    })
  })
})
