import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { reportPage } from '../../src/observe/report/page.ts'
import { DRILL } from '../support/drill.ts'
import { sayMissing } from '../support/missing-tool.ts'
import { parsedPage } from '../support/parsed-page.ts'
import { reportFacts, reportTask } from '../support/report-sample.ts'

const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome']
const SCRIPT = '<script>document.title="owned"</script>'

describe.runIf(DRILL)('the report of a run in a browser', () => {
  it('is read as it was meant, and runs nothing, not even a script that stands in it', (test) => {
    const browser = BROWSERS.find((name) => spawnSync(name, ['--version']).status === 0)
    if (browser === undefined) {
      sayMissing({
        tool: 'chromium',
        untested: 'the report in a real browser',
        get: 'apt-get install chromium',
      })
      return test.skip()
    }
    const facts = reportFacts({ tasks: [reportTask(SCRIPT)] })
    const { text } = reportPage(
      { ...facts, run: { ...facts.run, title: `</title>${SCRIPT}` } },
      { head: null, diffs: new Map() },
    )
    const shown = (page: string) => parsedPage(domOf(browser, page))
    expect(shown(text).shape).toBe(parsedPage(text).shape)
    const planted = text.replace('</main>', `${SCRIPT}</main>`)
    expect(shown(planted).title).toContain('(completed)')
    // The same browser does run it where nothing forbids it.
    const unguarded = planted.replace(/<meta http-equiv="Content-Security-Policy"[^>]*>/, '')
    expect(shown(unguarded).title).toBe('owned')
  })
})

function domOf(browser: string, page: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'tdd-browser-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true, maxRetries: 3 }))
  const file = join(directory, 'page.html')
  writeFileSync(file, page)
  const args = ['--headless', '--no-sandbox', '--disable-gpu', `--user-data-dir=${directory}/profile`]
  return execFileSync(browser, [...args, '--dump-dom', `file://${file}`], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 60_000,
    maxBuffer: 64 * 1024 * 1024,
  })
}
