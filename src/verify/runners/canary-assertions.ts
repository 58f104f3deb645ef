import { extname } from 'node:path/posix'
import type { RunnerName } from '../../domain/suite.ts'
import { bind, type FalseAssertion, identifier, type ModuleForm, unequal } from './canary-form.ts'

/** Assertions of one library that are tried, when the file uses more. */
const MOST_PER_LIBRARY = 6

export interface AssertionSearch {
  readonly file: string
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

const ASSERT_MODULES = ['node:assert', 'node:assert/strict', 'assert', 'assert/strict']

function assertModules(search: AssertionSearch): FalseAssertion[] {
  return ASSERT_MODULES.filter((name) => search.form.imported.has(name)).flatMap((name) =>
    assertModule(search, name),
  )
}

function assertModule(search: AssertionSearch, specifier: string): FalseAssertion[] {
  const whole = localName(search.form, specifier, ['default', '*', 'strict'])
  return methodsInUse(search, assertMethods(search), 'strictEqual').map(({ method, call }) => {
    const named = localName(search.form, specifier, [method])
    const body = named === null ? `${whole ?? '$own'}${call}` : call.replace(`.${method}`, named)
    return {
      library: specifier,
      binding: named === null && whole === null ? bind(search.form, specifier) : '',
      body: method === 'rejects' ? `await ${body}` : body,
    }
  })
}

/** What the file calls one of these exports of a module, or null. */
function localName(form: ModuleForm, specifier: string, exports: readonly string[]): string | null {
  const found = form.names.find((name) => name.specifier === specifier && exports.includes(name.imported))
  return found?.local ?? null
}

/** `t.assert` of node:test, and the methods of ava's `t`. */
function contextAssertions(search: AssertionSearch): FalseAssertion[] {
  if (search.runner === 'ava') {
    return methodsInUse(search, AVA_METHODS, 'is').map(({ call }) => ({
      library: 'ava',
      binding: '',
      body: `t${call}`,
    }))
  }
  if (search.runner !== 'node' || !/\.assert\.\w+\(/.test(search.text)) return []
  return methodsInUse(search, assertMethods(search), 'strictEqual').map(({ method, call }) => ({
    library: 'node:test',
    binding: '',
    body: `${method === 'rejects' ? 'await ' : ''}t.assert${call}`,
  }))
}

function expectations(search: AssertionSearch): FalseAssertion[] {
  const { form, runner } = search
  const libraries = ['vitest', '@jest/globals', 'expect'].filter((name) => form.imported.has(name))
  const binding = (library: string): string =>
    form.kind === 'require'
      ? `const { expect: $own } = require('${library}')`
      : `import { expect as $own } from '${library}'`
  const named = libraries.map((library) => {
    const local = localName(form, library, ['expect'])
    return { library, binding: local === null ? binding(library) : '', expect: local ?? '$own' }
  })
  const global = { library: runner, binding: '', expect: 'expect' }
  const implied = (runner === 'jest' || runner === 'vitest') && named.length === 0
  return (implied ? [global] : named).flatMap(({ library, binding: line, expect }) =>
    methodsInUse(search, EXPECT_METHODS, 'toBe').map(({ call }) => ({
      library,
      binding: line,
      body: call.replaceAll('$expect', expect),
    })),
  )
}

function chai({ form, random }: AssertionSearch): FalseAssertion[] {
  if (!form.imported.has('chai')) return []
  const whole = localName(form, 'chai', ['default', '*'])
  const [left, right] = unequal(random)
  const calls = { expect: `(${left}).to.equal(${right})`, assert: `.strictEqual(${left}, ${right})` }
  return Object.entries(calls).map(([word, call]) => {
    const named = localName(form, 'chai', [word])
    const bound = named === null && whole === null
    return {
      library: 'chai',
      binding: bound ? bind(form, 'chai', { whole: true }) : '',
      body: `${named ?? `${whole ?? '$own'}.${word}`}${call}`,
    }
  })
}

type Methods = Readonly<Record<string, (left: string, right: string) => string>>

const ASSERT_METHODS: Methods = {
  strictEqual: (left, right) => `.strictEqual(${left}, ${right})`,
  equal: (left, right) => `.equal(${left}, ${right})`,
  deepStrictEqual: (left, right) => `.deepStrictEqual([${left}], [${right}])`,
  deepEqual: (left, right) => `.deepEqual([${left}], [${right}])`,
  ok: (left, right) => `.ok(${left} === ${right})`,
  notStrictEqual: (left) => `.notStrictEqual(${left}, ${left})`,
  throws: (left) => `.throws(() => ${left})`,
  rejects: (left) => `.rejects(Promise.resolve(${left}))`,
  match: (left, right) => `.match('${bare(left)}', /^${bare(right)}$/)`,
}

/**
 * Where no message is given, `ok` looks in the file for the code that it was called with. Node before 22 parses the file
 * at the place where the compiled code has it, one line after the other, for minutes: seen with tsx.
 */
function assertMethods({ file, random }: AssertionSearch): Methods {
  if (RUN_AS_WRITTEN.has(extname(file))) return ASSERT_METHODS
  return { ...ASSERT_METHODS, ok: (left, right) => `.ok(${left} === ${right}, '${identifier(random)}')` }
}

const RUN_AS_WRITTEN = new Set(['.js', '.mjs', '.cjs'])

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

function methodsInUse(
  { text, random }: AssertionSearch,
  methods: Methods,
  fallback: string,
): { readonly method: string; readonly call: string }[] {
  const used = Object.keys(methods).filter((method) => new RegExp(`\\b${method}\\s*\\(`).test(text))
  const chosen = used.length === 0 ? [fallback] : used.slice(0, MOST_PER_LIBRARY)
  return chosen.map((method) => ({ method, call: methods[method]?.(...unequal(random)) ?? '' }))
}

function bare(literal: string): string {
  return literal.replaceAll("'", '')
}
