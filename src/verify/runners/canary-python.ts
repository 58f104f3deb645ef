import { namedChildren, parseFile, type SyntaxNode, startOf } from '../syntax.ts'
import { namesBySyntax } from '../touched-tests.ts'
import {
  type CanaryRequest,
  type CanaryTest,
  canaryWords,
  identifier,
  LEAST_CANARIES,
  unequal,
} from './canary-form.ts'
import { drawPlaces, insertAll } from './canary-places.ts'

/**
 * Puts false assertions between the file's definitions: `assert`, and where the file uses them one of unittest and a
 * `pytest.raises` that nothing satisfies. Where blank lines stand before a definition they make room, so that most
 * lines stay where they were.
 */
export function pythonCanaries(request: CanaryRequest): {
  readonly text: string
  readonly canaries: readonly CanaryTest[]
} {
  const { file, text, random } = request
  const root = parseFile(file, text)
  const names = namesBySyntax(file, text)
  const test = (): string =>
    `test_${canaryWords(names, random).join('_').replaceAll('-', '_')}`.replace(/^test_test_/, 'test_')
  const made = [plain(test(), random)]
  if (/\bTestCase\b/.test(text))
    made.push(ofUnittest(test(), `${moduleName(root, 'unittest')}.TestCase`, random))
  if (/\bpytest\s*\.\s*raises\b/.test(text)) made.push(ofRaises(test(), moduleName(root, 'pytest'), random))
  while (made.length < LEAST_CANARIES) made.push(plain(test(), random))
  const canaries = made.map(({ canary }) => canary)
  const places = drawPlaces(root === null ? [] : definitions(root, text), made.length, random)
  if (places.length === 0) {
    return { text: `${text}\n\n\n${made.map(({ code }) => code).join('\n\n\n')}\n`, canaries }
  }
  const inserts = [...new Set(places)].map((index) => {
    const codes = made.filter((_, at) => places[at] === index).map(({ code }) => `${code}\n`)
    return { index, code: codes.join(''), instead: room(text, index, codes.join('')) }
  })
  return { text: insertAll(text, inserts), canaries }
}

interface Made {
  readonly code: string
  readonly canary: CanaryTest
}

function plain(testName: string, random: () => number): Made {
  const [left, right] = unequal(random)
  return {
    code: `def ${testName}():\n    assert ${left} == ${right}`,
    canary: { library: 'assert', testName, fullName: testName },
  }
}

function ofUnittest(testName: string, base: string, random: () => number): Made {
  const [left, right] = unequal(random)
  const group = `Test${identifier(random)}`
  return {
    code: `class ${group}(${base}):\n    def ${testName}(self):\n        self.assertEqual(${left}, ${right})`,
    canary: { library: 'unittest', testName, fullName: `${group} > ${testName}` },
  }
}

function ofRaises(testName: string, module: string, random: () => number): Made {
  const [left] = unequal(random)
  return {
    code: `def ${testName}():\n    with ${module}.raises(KeyError):\n        str(${left})`,
    canary: { library: 'pytest', testName, fullName: testName },
  }
}

/** The module's own name where the file imports it by that, else an expression that works anywhere. */
function moduleName(root: SyntaxNode | null, name: string): string {
  const imports =
    root === null ? [] : namedChildren(root).filter((node) => node.kind() === 'import_statement')
  const imported = imports.some((statement) =>
    namedChildren(statement).some((part) => part.kind() === 'dotted_name' && part.text() === name),
  )
  return imported ? name : `__import__("${name}")`
}

/** How many characters before the index are blank lines that the code can stand in for. */
function room(text: string, index: number, code: string): number {
  const before = /(?<=\n)\n*$/.exec(text.slice(0, index))?.[0].length ?? 0
  return Math.min(before, code.split('\n').length - 1)
}

/** Indexes of the lines of top-level definitions that follow the imports. */
function definitions(root: SyntaxNode, text: string): number[] {
  const statements = namedChildren(root)
  const last = statements.findLastIndex((node) => /^(?:future_)?import_/.test(String(node.kind())))
  return statements
    .slice(last + 1)
    .filter((node) => DEFINITIONS.has(String(node.kind())) && node.range().start.column === 0)
    .map((node) => startOf(node))
    .filter((start) => start === 0 || text[start - 1] === '\n')
}

const DEFINITIONS = new Set(['function_definition', 'class_definition', 'decorated_definition'])
