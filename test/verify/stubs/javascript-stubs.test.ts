import { describe, expect, it } from 'vitest'
import { planStubs } from '../../../src/verify/stubs/plan-stubs.ts'
import { type Files, requestFor, runProject } from './stub-project.ts'

const MODULE =
  '{"type":"module","name":"own","imports":{"#lib/*":"./src/lib/*.js"},"exports":{".":"./src/index.js"}}'
const HEAD = "import assert from 'node:assert/strict'\nimport test from 'node:test'\n"

async function against(
  files: Files,
  options: { sources: readonly string[]; testFile: string; testFiles?: readonly string[] },
) {
  const plan = await planStubs(
    requestFor(files, { sources: options.sources, testFiles: options.testFiles ?? [options.testFile] }),
  )
  const throwing = runProject({ ...files, ...Object.fromEntries(plan.throwing) }, 'node', options.testFile)
  const silent = runProject({ ...files, ...Object.fromEntries(plan.undefined) }, 'node', options.testFile)
  return { plan, throwing, silent }
}

describe('a missing ES module', () => {
  it('becomes a file that exports every name that the tests import, and each test stands alone', async () => {
    const files = {
      'package.json': MODULE,
      'test/a.test.js': `${HEAD}import parse, { format, LIMIT, Box, ParseError, load } from '../src/parse.js'
import * as all from '../src/parse.js'
test('default', () => assert.equal(parse('a'), 1))
test('named', () => assert.equal(format('a'), 'A'))
test('namespace', () => assert.equal(all.other(1), 2))
test('constant', () => assert.equal(LIMIT, 3))
test('constant in arithmetic', () => assert.ok(LIMIT > 2))
test('class', () => assert.equal(new Box(1).size, 1))
test('subclass', () => { class Big extends Box {}; assert.equal(new Big().size, 2) })
test('error class', () => assert.throws(() => parse(''), ParseError))
test('any error', () => assert.throws(() => parse('')))
test('rejection', () => assert.rejects(async () => load('x')))
test('error of a method', () => assert.throws(() => new Box().open('x')))
test('async', async () => assert.equal(await load('x'), 1))
test('is a function', () => assert.equal(typeof parse, 'function'))
test('is there', () => assert.ok(parse))
`,
    }
    const { plan, throwing, silent } = await against(files, {
      sources: ['src/parse.js'],
      testFile: 'test/a.test.js',
    })
    expect(plan.records).toEqual([
      {
        path: 'src/parse.js',
        kind: 'file',
        names: ['Box', 'LIMIT', 'ParseError', 'default', 'format', 'load', 'other'],
      },
    ])
    expect(throwing.tests).toEqual({
      default: 'mark',
      named: 'mark',
      namespace: 'mark',
      constant: 'assertion',
      'constant in arithmetic': 'mark',
      class: 'mark',
      subclass: 'mark',
      'error class': 'mark',
      'any error': 'passed',
      rejection: 'passed',
      'error of a method': 'passed',
      async: 'mark',
      'is a function': 'passed',
      'is there': 'passed',
    })
    expect(silent.tests).toMatchObject({
      'any error': 'assertion',
      rejection: 'assertion',
      'error of a method': 'assertion',
      'is a function': 'passed',
      'is there': 'passed',
    })
  })

  it('is reached through helpers of the tests, re-exports and dynamic imports', async () => {
    const files = {
      'package.json': MODULE,
      'test/support/all.js': "export { one } from '../../src/one.js'\nexport * from '../../src/two.js'\n",
      'test/a.test.js': `${HEAD}import { one } from './support/all.js'
test('helper', () => assert.equal(one(), 1))
test('dynamic', async () => { const { three } = await import('../src/three.js'); assert.equal(three(), 3) })
test('dynamic member', async () => assert.equal((await import('../src/three.js')).four(), 4))
`,
    }
    const { plan, throwing } = await against(files, { sources: ['src/**'], testFile: 'test/a.test.js' })
    expect(plan.records.map((record) => [record.path, ...record.names])).toEqual([
      ['src/three.js', 'four', 'three'],
      ['src/one.js', 'one'],
      ['src/two.js'],
    ])
    expect(throwing.tests).toEqual({ helper: 'mark', dynamic: 'mark', 'dynamic member': 'mark' })
  })

  it('is found through package imports and the own name of the package', async () => {
    const files = {
      'package.json': MODULE,
      'test/a.test.js': `${HEAD}import { deep } from '#lib/deep'
import { top } from 'own'
test('imports', () => assert.equal(deep(), 1))
test('self', () => assert.equal(top(), 1))
`,
    }
    const { plan, throwing } = await against(files, { sources: ['src/**'], testFile: 'test/a.test.js' })
    expect(plan.records.map((record) => record.path)).toEqual(['src/lib/deep.js', 'src/index.js'])
    expect(throwing.tests).toEqual({ imports: 'mark', self: 'mark' })
  })

  it('gets no stub when it is not the task’s', async () => {
    const files = {
      'package.json': MODULE,
      'test/a.test.js': `${HEAD}import { x } from '../src/typo.js'\nimport y from 'left-pad'\nimport './gone.js'\n`,
    }
    const plan = await planStubs(
      requestFor(files, { sources: ['src/parse.js'], testFiles: ['test/a.test.js'] }),
    )
    expect(plan.records).toEqual([])
    expect(plan.foreign).toEqual([
      { file: 'test/a.test.js', specifier: '../src/typo.js' },
      { file: 'test/a.test.js', specifier: './gone.js' },
    ])
  })
})

describe('a name that an existing module lacks', () => {
  it('is appended, and the tests of the same file that passed before still pass', async () => {
    const files = {
      'package.json': MODULE,
      'src/math.js':
        'export const add = (a, b) => a + b\nexport { add as plus }\nexport class Sum {}\nexport const { x, y: [z] } = { x: 1, y: [2] } // end',
      'src/index.js': "export * from './math.js'\n",
      'test/a.test.js': `${HEAD}import { add, plus, Sum, x, z, sub } from '../src/math.js'
import total, { add as again, div } from '../src/index.js'
test('old', () => { assert.equal(add(1, 2), 3); assert.equal(plus(x, z), 3); assert.equal(again(1, 1), 2); new Sum() })
test('new', () => assert.equal(sub(3, 2), 1))
test('through the index', () => assert.equal(div(4, 2), 2))
test('default', () => assert.equal(total([1]), 1))
`,
    }
    const { plan, throwing, silent } = await against(files, {
      sources: ['src/math.js'],
      testFile: 'test/a.test.js',
    })
    expect(plan.records).toEqual([
      { path: 'src/math.js', kind: 'appended_exports', names: ['sub'] },
      { path: 'src/index.js', kind: 'appended_exports', names: ['default', 'div'] },
    ])
    expect(throwing.tests).toEqual({
      old: 'passed',
      new: 'mark',
      'through the index': 'mark',
      default: 'mark',
    })
    expect(silent.tests).toEqual({
      old: 'passed',
      new: 'assertion',
      'through the index': 'assertion',
      default: 'assertion',
    })
  })

  it('is left alone where nothing is missing, JSON and types included', async () => {
    const files = {
      'package.json': MODULE,
      'src/data.json': '{"a":1}',
      'src/a.ts':
        'export interface Shape { a: number }\nexport type Other = string\nexport default function () {}\nexport enum E { A }\nexport abstract class B {}\nexport function over(a: string): void\nexport function over(a: number): void\nexport function over(): void {}\n',
      'test/a.test.ts': `${HEAD}import data from '../src/data.json' with { type: 'json' }
import def, { type Shape, E, B, over } from '../src/a.ts'
import type { Missing } from '../src/types.ts'
import { type Gone } from '../src/gone.ts'
`,
    }
    const plan = await planStubs(requestFor(files, { sources: ['src/**'], testFiles: ['test/a.test.ts'] }))
    expect(plan.records).toEqual([])
  })
})

describe('TypeScript', () => {
  it('finds and stubs the .ts behind a .js specifier, extensionless files, index files and path aliases', async () => {
    const files = {
      'package.json': MODULE,
      'tsconfig.json': '{ // comment\n "extends": "./tsconfig.base.json", }',
      'tsconfig.base.json': '{ "compilerOptions": { "baseUrl": ".", "paths": { "@app/*": ["src/*"], } } }',
      'src/there.ts': 'export const here = 1\n',
      'src/dir/index.ts': 'export const inside = 1\n',
      'test/a.test.ts': `import { here, fresh } from '../src/there.js'
import { inside } from '../src/dir'
import { aliased } from '@app/deep/aliased'
import { brand } from '../src/brand.js'
import { bare } from '../src/bare'
import { custom } from '~/custom'
`,
    }
    const plan = await planStubs(requestFor(files, { sources: ['src/**'], testFiles: ['test/a.test.ts'] }))
    expect(plan.records.map((record) => [record.path, record.kind, ...record.names])).toEqual([
      ['src/there.ts', 'appended_exports', 'fresh'],
      ['src/deep/aliased.ts', 'file', 'aliased'],
      ['src/brand.ts', 'file', 'brand'],
      ['src/bare.ts', 'file', 'bare'],
      ['src/custom.ts', 'file', 'custom'],
    ])
  })

  it('gets stubs that run with types stripped', async () => {
    const files = {
      'package.json': MODULE,
      'src/there.ts': 'export const here: number = 1\n',
      'test/a.test.ts': `${HEAD}import { here, fresh } from '../src/there.ts'
import { brand } from '../src/brand.ts'
test('old', () => assert.equal(here, 1))
test('appended', () => assert.equal(fresh(), 1))
test('file', () => assert.throws(() => brand()))
`,
    }
    const { throwing, silent } = await against(files, { sources: ['src/**'], testFile: 'test/a.test.ts' })
    expect(throwing.tests).toEqual({ old: 'passed', appended: 'mark', file: 'passed' })
    expect(silent.tests).toEqual({ old: 'passed', appended: 'assertion', file: 'assertion' })
  })
})

describe('CommonJS', () => {
  it('gets stubs for require, destructured or whole, of missing and of existing modules', async () => {
    const files = {
      'package.json': '{}',
      'src/old.js': 'module.exports = { kept, spare: 1 }\nfunction kept() { return 1 }\n',
      'src/func.js': 'module.exports = function () { return 5 }\n',
      'src/dots.js': 'exports.kept = () => 1\n',
      'test/a.test.js': `const assert = require('node:assert/strict')
const test = require('node:test')
const { kept, fresh } = require('../src/old')
const whole = require('../src/whole.js')
const { part, other: renamed } = require('../src/parts')
const func = require('../src/func')
const dots = require('../src/dots')
test('old', () => { assert.equal(kept(), 1); assert.equal(func(), 5); assert.equal(dots.kept(), 1) })
test('new name', () => assert.equal(fresh(), 1))
test('whole', () => assert.equal(whole(1), 1))
test('member', () => assert.equal(whole.go(1), 1))
test('part', () => assert.equal(part(1), 1))
test('renamed', () => assert.throws(() => renamed(1)))
test('property of a function', () => assert.equal(func.more(), 1))
test('exports', () => assert.equal(dots.more(), 1))
`,
    }
    const { plan, throwing, silent } = await against(files, {
      sources: ['src/**'],
      testFile: 'test/a.test.js',
    })
    expect(plan.records.map((record) => [record.path, record.kind, ...record.names])).toEqual([
      ['src/old.js', 'appended_exports', 'fresh'],
      ['src/whole.js', 'file', 'go'],
      ['src/parts.js', 'file', 'other', 'part'],
      ['src/func.js', 'appended_exports', 'more'],
      ['src/dots.js', 'appended_exports', 'more'],
    ])
    expect(throwing.tests).toEqual({
      old: 'passed',
      'new name': 'mark',
      whole: 'mark',
      member: 'mark',
      part: 'mark',
      renamed: 'passed',
      'property of a function': 'mark',
      exports: 'mark',
    })
    expect(silent.tests).toMatchObject({ old: 'passed', renamed: 'assertion', whole: 'assertion' })
  })

  it('can be imported by name from an ES module test after the stub is appended', async () => {
    const files = {
      'package.json': '{}',
      'src/old.js': 'const inner = { kept: () => 1 }\nmodule.exports = { kept: inner.kept }\n',
      'test/a.test.mjs': `${HEAD}import { kept, fresh } from '../src/old.js'
test('old', () => assert.equal(kept(), 1))
test('new', () => assert.equal(fresh(), 1))
`,
    }
    const { throwing } = await against(files, { sources: ['src/**'], testFile: 'test/a.test.mjs' })
    expect(throwing.tests).toEqual({ old: 'passed', new: 'mark' })
  })
})

describe('a stub that is used while the file loads', () => {
  it('fails the file with its mark', async () => {
    const files = {
      'package.json': MODULE,
      'test/a.test.js': `${HEAD}import { make } from '../src/make.js'\nconst made = make()\ntest('one', () => assert.equal(made, 1))\n`,
    }
    const { throwing } = await against(files, { sources: ['src/make.js'], testFile: 'test/a.test.js' })
    expect(Object.values(throwing.tests)).not.toContain('passed')
    expect(throwing.output).toContain('TDD_STUB')
  })
})
