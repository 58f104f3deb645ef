import { type CanaryRequest, type CanaryTest, identifier } from './canary-form.ts'

/** Appends a false `assert`, and where the file uses them a false unittest assertion and a `pytest.raises` that nothing satisfies. */
export function pythonCanaries(request: CanaryRequest): {
  readonly text: string
  readonly canaries: readonly CanaryTest[]
} {
  const { text, random } = request
  const canaries: CanaryTest[] = []
  const blocks: string[] = []
  const left = 1_000 + Math.floor(random() * 1_000_000)
  const right = left + 1 + Math.floor(random() * 1_000)
  const plain = `test_${identifier(random)}`
  blocks.push(`def ${plain}():\n    assert ${left} == ${right}`)
  canaries.push({ library: 'assert', testName: plain, fullName: plain })
  if (/\bTestCase\b/.test(text)) {
    const group = `Test${identifier(random)}`
    const testName = `test_${identifier(random)}`
    blocks.push(
      `class ${group}(__import__("unittest").TestCase):\n    def ${testName}(self):\n        self.assertEqual(${left}, ${right})`,
    )
    canaries.push({ library: 'unittest', testName, fullName: `${group} > ${testName}` })
  }
  if (/\bpytest\s*\.\s*raises\b/.test(text)) {
    const testName = `test_${identifier(random)}`
    blocks.push(
      `def ${testName}():\n    with __import__("pytest").raises(ValueError):\n        int("${left}")`,
    )
    canaries.push({ library: 'pytest', testName, fullName: testName })
  }
  return { text: `${text}\n\n\n${blocks.join('\n\n\n')}\n`, canaries }
}
