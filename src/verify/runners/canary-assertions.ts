import type { RunnerName } from '../../domain/suite.ts'
import { findKinds, literalText, type SyntaxNode } from '../syntax.ts'
import { bind, type FalseAssertion, type ModuleForm } from './canary-form.ts'

/** Assertions of one library that are tried, when the file uses more. */
const MOST_PER_LIBRARY = 6

export interface AssertionSearch {
  readonly root: SyntaxNode
  readonly text: string
  readonly form: ModuleForm
  readonly runner: RunnerName
  readonly random: () => number
}

/** False assertions of every library that the file uses, with the methods that it uses. */
export function falseAssertions(search: AssertionSearch): FalseAssertion[] {
  const found = [
    ...assertModules(search),
    ...contextAssertions(search),
    ...expectations(search),
    ...chai(search),
  ]
  if (found.length > 0 || search.runner !== 'node') return found
  return assertModule(search, 'node:assert')
}

/** Which modules a JavaScript file uses, and whether it imports or requires them. */
export function moduleForm(root: SyntaxNode, file: string): ModuleForm {
  const imports = findKinds(root, ['import_statement', 'export_statement'])
  const required = findKinds(root, ['call_expression']).filter(
    (call) => call.field('function')?.text() === 'require',
  )
  const specifiers = [
    ...imports.map((statement) => literalText(statement.field('source'))),
    ...required.map((call) => literalText(call.field('arguments')?.child(1) ?? null)),
  ]
  const kind = /\.[cm]?ts[x]?$|\.mjs$/.test(file) && !file.endsWith('.cts') ? 'import' : null
  return {
    kind: kind ?? (imports.length > 0 ? 'import' : 'require'),
    imported: new Set(specifiers.filter((specifier) => specifier !== null)),
  }
}

const ASSERT_MODULES = ['node:assert', 'node:assert/strict', 'assert', 'assert/strict']

function assertModules(search: AssertionSearch): FalseAssertion[] {
  return ASSERT_MODULES.filter((name) => search.form.imported.has(name)).flatMap((name) =>
    assertModule(search, name),
  )
}

function assertModule(search: AssertionSearch, specifier: string): FalseAssertion[] {
  return methodsInUse(search, ASSERT_METHODS, 'strictEqual').map((body) => ({
    library: specifier,
    binding: bind(search.form, specifier),
    body: `await $own${body}`,
  }))
}

/** `t.assert` of node:test, and the methods of ava's `t`. */
function contextAssertions(search: AssertionSearch): FalseAssertion[] {
  if (search.runner === 'ava') {
    return methodsInUse(search, AVA_METHODS, 'is').map((body) => ({
      library: 'ava',
      binding: '',
      body: `context${body}`,
    }))
  }
  if (search.runner !== 'node' || !/\.assert\.\w+\(/.test(search.text)) return []
  return methodsInUse(search, ASSERT_METHODS, 'strictEqual').map((body) => ({
    library: 'node:test',
    binding: '',
    body: `await context.assert${body}`,
  }))
}

function expectations(search: AssertionSearch): FalseAssertion[] {
  const { form, runner } = search
  const libraries = ['vitest', '@jest/globals', 'expect'].filter((name) => form.imported.has(name))
  const binding = (library: string): string =>
    form.kind === 'require'
      ? `const { expect: $own } = require('${library}')`
      : `import { expect as $own } from '${library}'`
  const named = libraries.map((library) => ({ library, binding: binding(library), expect: '$own' }))
  const global = { library: runner, binding: '', expect: 'globalThis.expect' }
  const implied = (runner === 'jest' || runner === 'vitest') && named.length === 0
  return (implied ? [global] : named).flatMap(({ library, binding: line, expect }) =>
    methodsInUse(search, EXPECT_METHODS, 'toBe').map((body) => ({
      library,
      binding: line,
      body: body.replaceAll('$expect', expect),
    })),
  )
}

function chai(search: AssertionSearch): FalseAssertion[] {
  if (!search.form.imported.has('chai')) return []
  const binding = bind(search.form, 'chai', { whole: true })
  const [left, right] = unequal(search.random)
  const bodies = [`$own.expect(${left}).to.equal(${right})`, `$own.assert.strictEqual(${left}, ${right})`]
  return bodies.map((body) => ({ library: 'chai', binding, body }))
}

type Methods = Readonly<Record<string, (left: number, right: number) => string>>

const ASSERT_METHODS: Methods = {
  strictEqual: (left, right) => `.strictEqual(${left}, ${right})`,
  equal: (left, right) => `.equal(${left}, ${right})`,
  deepStrictEqual: (left, right) => `.deepStrictEqual([${left}], [${right}])`,
  deepEqual: (left, right) => `.deepEqual([${left}], [${right}])`,
  ok: (left, right) => `.ok(${left} === ${right})`,
  notStrictEqual: (left) => `.notStrictEqual(${left}, ${left})`,
  throws: (left) => `.throws(() => ${left})`,
  rejects: (left) => `.rejects(Promise.resolve(${left}))`,
  match: (left, right) => `.match('${left}', /^${right}$/)`,
}

const AVA_METHODS: Methods = {
  is: (left, right) => `.is(${left}, ${right})`,
  deepEqual: (left, right) => `.deepEqual([${left}], [${right}])`,
  true: (left, right) => `.true(${left} === ${right})`,
  truthy: (left, right) => `.truthy(${left} === ${right})`,
  throws: (left) => `.throws(() => ${left})`,
}

const EXPECT_METHODS: Methods = {
  toBe: (left, right) => `$expect(${left}).toBe(${right})`,
  toEqual: (left, right) => `$expect([${left}]).toEqual([${right}])`,
  toStrictEqual: (left, right) => `$expect([${left}]).toStrictEqual([${right}])`,
  toThrow: (left) => `$expect(() => ${left}).toThrow()`,
  toContain: (left, right) => `$expect([${left}]).toContain(${right})`,
  toHaveLength: (left) => `$expect([${left}]).toHaveLength(7)`,
  toBeTruthy: (left, right) => `$expect(${left} === ${right}).toBeTruthy()`,
  toMatchObject: (left, right) => `$expect({ a: ${left} }).toMatchObject({ a: ${right} })`,
}

function methodsInUse({ text, random }: AssertionSearch, methods: Methods, fallback: string): string[] {
  const used = Object.keys(methods).filter((method) => new RegExp(`\\b${method}\\s*\\(`).test(text))
  const chosen = used.length === 0 ? [fallback] : used.slice(0, MOST_PER_LIBRARY)
  return chosen.map((method) => {
    const make = methods[method]
    const [left, right] = unequal(random)
    return make === undefined ? '' : make(left, right)
  })
}

function unequal(random: () => number): [number, number] {
  const left = 1_000 + Math.floor(random() * 1_000_000)
  return [left, left + 1 + Math.floor(random() * 1_000)]
}
