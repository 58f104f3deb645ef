import type { Suite } from '../../domain/suite.ts'
import { familyOf, parseFile } from '../syntax.ts'
import { falseAssertions, moduleForm } from './canary-assertions.ts'
import { bind, type CanaryRequest, type CanaryTest, identifier, type ModuleForm } from './canary-form.ts'
import { pythonCanaries } from './canary-python.ts'

/**
 * A test file's text with a false assertion of each assertion library in use appended, each as a test with a random
 * name; null when the file's language or library is not one we can do. A source that disarms a library lets the
 * canary pass, which no honest tree does.
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
  const declare = DECLARE[request.suite.runner]
  if (declare === undefined) return null
  const assertions = falseAssertions({ root, text, form, runner: request.suite.runner, random })
  if (assertions.length === 0) return null
  const word = identifier(random)
  const declaring = declare(form.imported, form)
  const lines = [declaring.binding.replaceAll('$test', word)]
  const canaries: CanaryTest[] = []
  for (const { library, binding, body } of assertions) {
    const testName = `${identifier(random)} ${identifier(random)}`
    const own = identifier(random)
    lines.push(binding.replaceAll('$own', own))
    lines.push(
      declaring.call
        .replace('$body', body.replaceAll('$own', own))
        .replaceAll('$test', word)
        .replace('$name', JSON.stringify(testName)),
    )
    canaries.push({ library, testName, fullName: testName })
  }
  return { text: `${text}\n;${lines.filter((line) => line !== '').join('\n;')}\n`, canaries }
}

interface Declaring {
  readonly binding: string
  readonly call: string
}

type Declare = (imported: ReadonlySet<string>, form: ModuleForm) => Declaring

const CALL = '$test($name, async (context) => { $body })'

const DECLARE: Readonly<Partial<Record<Suite['runner'], Declare>>> = {
  node: (_, form) => ({ binding: bind(form, 'node:test', { as: '$test' }), call: CALL }),
  vitest: (imported) => globalOrImported(imported, 'vitest'),
  jest: (imported, form) =>
    form.kind === 'require' && imported.has('@jest/globals')
      ? { binding: `const $test = require('@jest/globals').test`, call: CALL.replace('context', '') }
      : globalOrImported(imported, '@jest/globals'),
  mocha: () => ({ binding: '', call: CALL.replace('$test', 'globalThis.it').replace('context', '') }),
  ava: (_, form) => ({ binding: bind(form, 'ava', { as: '$test' }), call: CALL }),
}

function globalOrImported(imported: ReadonlySet<string>, library: string): Declaring {
  const call = CALL.replace('context', '')
  return imported.has(library)
    ? { binding: `import { test as $test } from '${library}'`, call }
    : { binding: '', call: call.replace('$test', 'globalThis.test') }
}
