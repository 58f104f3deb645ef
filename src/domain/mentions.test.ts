import { describe, expect, it } from 'vitest'
import { mentionsIn } from './mentions.ts'

const outward = (text: string): readonly string[] => mentionsIn(text, { inward: false }).paths

describe('the paths that a text mentions', () => {
  it.each([
    [`import { add } from '../../a/src/add.js'`, ['../../a/src/add.js']],
    [`require("../a")`, ['../a']],
    ['const path = `../a/${name}.js`', ['../a/']],
    [`"references": [{ "path": "../a" }]`, ['../a']],
    [`"include": ["../*/src"]`, ['../']],
    ['replace example.com/a => ../a', ['../a']],
    [`add = { path = "../a" }`, ['../a']],
    [`import './../../a/x.js'`, ['./../../a/x.js']],
    [`join(import.meta.dirname, '..', '..', 'a', 'src/add.js')`, ['../../a/src/add.js']],
    [`resolve(here, ".." )`, ['..']],
    ['`${__dirname}/../../a/x.js`', ['../../a/x.js']],
    [`'src/../../a'`, ['src/../../a']],
    [`import './near.js'`, []],
    ['[...rest] and 1../2', []],
  ])('in %s', (text, paths) => {
    expect(outward(text)).toEqual(paths)
  })

  it('go down from the top of the repository where that is asked for', () => {
    const text = `{ "paths": { "@lib/*": ["packages/lib/src/*"], "x": ["./tools/x.js"] } }`
    expect(outward(text)).toEqual([])
    expect(mentionsIn(text, { inward: true }).paths).toEqual(['@lib/', 'packages/lib/src/', 'tools/x.js'])
  })
})

it('are found in time in a file of one line', () => {
  expect(outward(`${'a/+'.repeat(300_000)} from ${' '.repeat(300_000)}`)).toEqual([])
})

describe('the packages that a text imports', () => {
  it.each([
    [`import { add } from 'a'`, ['a']],
    [`import '@scope/a/deep.js'`, ['@scope/a']],
    [`const a = require("a/x")`, ['a']],
    [`await import('a')`, ['a']],
    [`vi.mock('a')`, ['a']],
    [`from './a.js'`, []],
    [`const name = 'a'`, []],
  ])('in %s', (text, packages) => {
    expect(mentionsIn(text, { inward: false }).packages).toEqual(packages)
  })
})
