import { describe, expect, it } from 'vitest'
import { readJunitXml } from './junit-xml.ts'

const TREE = { directories: ['/tree'], cwd: '.' }

function read(body: string, files: readonly string[] = []): ReturnType<typeof readJunitXml> {
  return readJunitXml(`<?xml version="1.0"?><testsuites>${body}</testsuites>`, { tree: TREE, files })
}

describe('JUnit XML', () => {
  it('reads outcome, duration and failure of each test', () => {
    const { tests } = read(
      `<testsuite name="s"><testcase classname="a.b" name="one" time="0.25"/>` +
        `<testcase classname="a.b" name="two"><failure message="1 &lt; 2" type="AssertionError">at x</failure></testcase>` +
        `<testcase classname="a.b" name="three"><error type="java.lang.NullPointerException">gone</error></testcase>` +
        `<testcase classname="a.b" name="four"><skipped/></testcase></testsuite>`,
    )
    expect(tests.map((test) => test.outcome)).toEqual(['passed', 'failed', 'failed', 'skipped'])
    expect(tests[0]?.durationMs).toBe(250)
    expect(tests[1]?.failure).toMatchObject({ kind: 'assertion', message: '1 < 2' })
    expect(tests[2]?.failure).toMatchObject({
      kind: 'error',
      errorName: 'NullPointerException',
      message: 'gone',
    })
  })

  it('takes the file from the file attribute, of the test or of a suite around it', () => {
    const { tests } = read(
      `<testsuite file="/tree/test/a.js"><testcase name="one"/><testcase name="two" file="test/b.js"/></testsuite>`,
    )
    expect(tests.map((test) => test.file)).toEqual(['test/a.js', 'test/b.js'])
  })

  it('finds the file that a class name spells, and keeps what it says beyond the file', () => {
    const files = ['tests/test_add.py', 'src/test/java/com/acme/AddTest.java']
    const { tests } = read(
      `<testsuite><testcase classname="tests.test_add.TestAdd" name="test_one"/><testcase classname="com.acme.AddTest" name="adds"/><testcase classname="other" name="x"/></testsuite>`,
      files,
    )
    expect(tests.map(({ file, name }) => [file, name])).toEqual([
      ['tests/test_add.py', 'TestAdd > test_one'],
      ['src/test/java/com/acme/AddTest.java', 'adds'],
      ['other', 'x'],
    ])
  })

  it('calls an exception by its name even where it stands as a failure', () => {
    const { tests } = read(
      `<testsuite><testcase name="a"><failure message="TypeError: x is not a function"/></testcase></testsuite>`,
    )
    expect(tests[0]?.failure?.kind).toBe('error')
  })

  it('expands no entity that a document declares', () => {
    const text = `<!DOCTYPE x [<!ENTITY a "aaaa">]><testsuite><testcase name="&a;"/></testsuite>`
    expect(readJunitXml(text, { tree: TREE, files: [] }).flaw).toContain('document type')
  })

  it('refuses what is not XML', () => {
    expect(readJunitXml('<testsuite><testcase', { tree: TREE, files: [] }).flaw).toContain('not XML')
  })

  it('reports a file that pytest could not collect as not loaded', () => {
    const { loadFailures, tests } = read(
      `<testsuite><testcase classname="" name="tests.test_a"><error message="collection failure">ImportError while importing\nTraceback:\ntests/test_a.py:1: in &lt;module&gt;\n    from mul import mul\nE   ModuleNotFoundError: No module named 'mul'</error></testcase></testsuite>`,
      ['tests/test_a.py'],
    )
    expect(tests).toEqual([])
    expect(loadFailures).toMatchObject([
      {
        file: 'tests/test_a.py',
        failure: { errorName: 'ModuleNotFoundError', message: "ModuleNotFoundError: No module named 'mul'" },
      },
    ])
  })
})
