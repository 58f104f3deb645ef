import type { Suite } from '../../domain/suite.ts'
import { familyOf, parseFile } from '../syntax.ts'
import { namesBySyntax } from '../touched-tests.ts'
import { type AssertionSearch, falseAssertions } from './canary-assertions.ts'
import {
  bind,
  type CanaryRequest,
  type CanaryTest,
  canaryWords,
  type FalseAssertion,
  identifier,
  LEAST_CANARIES,
  type ModuleForm,
} from './canary-form.ts'
import { moduleForm } from './canary-imports.ts'
import { drawPlaces, insertAll, javascriptPlaces, testFunction } from './canary-places.ts'
import { pythonCanaries } from './canary-python.ts'

/**
 * A test file's text with false assertions of each assertion library in use, each as a test that looks like the file's
 * own and stands at a random place between them; null when the file's language or library is not one we can do. A
 * source that disarms a library lets the canaries pass, which no honest tree does.
 *
 * They live in the process of the source that they watch. A source made for one test file can still tell real
 * assertions from canaries: by the lines or operands of that file's assertions known by heart, by values that it
 * returned itself, or by comparing the text of the file with what it should be. So can one that writes the runner's
 * report instead. Against those stand the checks of the report, the removal proof and a reader of the change.
 */
export function withCanaries(
  request: CanaryRequest,
): { readonly text: string; readonly canaries: readonly CanaryTest[] } | null {
  const family = familyOf(request.file)
  if (family === 'python' && request.suite.runner === 'pytest') return pythonCanaries(request)
  return family === 'js' ? javascriptCanaries(request) : null
}

function javascriptCanaries(request: CanaryRequest): ReturnType<typeof withCanaries> {
  const { file, text, random } = request
  const root = parseFile(file, text)
  if (root === null) return null
  const form = moduleForm(root, file)
  const { runner } = request.suite
  const declare = DECLARE[runner]
  if (declare === undefined) return null
  const assertions = enough({ file, text, form, runner, random })
  if (assertions.length === 0) return null
  const known = testFunction(root, text, { form, runner, random })
  const declaring = known === null ? declare(form.imported, form) : { binding: '', call: CALL }
  const names = namesBySyntax(file, text)
  const made = assertions.map((assertion) =>
    canaryTest({ assertion, declaring, word: known ?? identifier(random), names, random }),
  )
  const places = drawPlaces(javascriptPlaces(root, text, form), made.length, random)
  const codes = made.map(({ code }) => code)
  const canaries = made.map(({ canary }) => canary)
  if (places.length === 0) return { text: `${text}\n${codes.join('\n')}\n`, canaries }
  const inserts = places.map(({ index, lead, trail }, at) => ({
    index,
    code: `${index === places[at - 1]?.index && trail === '' ? ' ' : lead}${codes[at] ?? ''}${trail}`,
  }))
  return { text: insertAll(text, inserts), canaries }
}

/** Each assertion that can be tried, and some again where they are few. */
function enough(search: AssertionSearch): FalseAssertion[] {
  const assertions = falseAssertions(search)
  for (let count = assertions.length; count > 0 && count < LEAST_CANARIES; count += 1) {
    const again = falseAssertions(search)
    assertions.push(...again.slice(0, 1))
  }
  return assertions
}

function canaryTest(made: {
  readonly assertion: FalseAssertion
  readonly declaring: Declaring
  readonly word: string
  readonly names: readonly string[]
  readonly random: () => number
}): { readonly code: string; readonly canary: CanaryTest } {
  const { assertion, declaring, word, random } = made
  const testName = canaryWords(made.names, random).join(' ')
  const own = identifier(random)
  const body = assertion.body.replaceAll('$own', own)
  const head = `${body.startsWith('await ') ? 'async ' : ''}(${/\bt\./.test(body) ? 't' : ''})`
  const call = declaring.call
    .replaceAll('$test', word)
    .replace('$name', `'${testName}'`)
    .replace('$head', head)
    .replace('$body', () => body)
  const bindings = [
    declaring.binding.replaceAll('$test', word),
    assertion.binding.replaceAll('$own', own),
  ].filter((binding) => binding !== '')
  return {
    code: `${[...bindings, call].join('; ')};`,
    canary: { library: assertion.library, testName, fullName: testName },
  }
}

interface Declaring {
  readonly binding: string
  readonly call: string
}

type Declare = (imported: ReadonlySet<string>, form: ModuleForm) => Declaring

const CALL = '$test($name, $head => { $body })'

const DECLARE: Readonly<Partial<Record<Suite['runner'], Declare>>> = {
  node: (_, form) => ({ binding: bind(form, 'node:test', { as: '$test' }), call: CALL }),
  vitest: (imported) => globalOrImported(imported, 'vitest'),
  jest: (imported, form) =>
    form.kind === 'require' && imported.has('@jest/globals')
      ? { binding: `const $test = require('@jest/globals').test`, call: CALL }
      : globalOrImported(imported, '@jest/globals'),
  mocha: () => ({ binding: '', call: CALL.replace('$test', 'globalThis.it') }),
  ava: (_, form) => ({ binding: bind(form, 'ava', { as: '$test' }), call: CALL }),
}

function globalOrImported(imported: ReadonlySet<string>, library: string): Declaring {
  return imported.has(library)
    ? { binding: `import { test as $test } from '${library}'`, call: CALL }
    : { binding: '', call: CALL.replace('$test', 'globalThis.test') }
}
