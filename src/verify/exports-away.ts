import type { StubRecord } from '../domain/evidence.ts'
import { classifyPath } from '../domain/path-class.ts'
import { matchesAny } from '../domain/path-pattern.ts'
import { moduleShape } from './stubs/javascript-exports.ts'
import { appendedProperties, stubModule, type StubStyle } from './stubs/javascript-stub.ts'
import { pythonStubs } from './stubs/python-stub.ts'
import type { StubVariant } from './stubs/stub-mark.ts'
import { familyOf } from './syntax.ts'
import type { Measure } from './measure.ts'
import type { BareRequest, BareTree } from './without-sources.ts'

/**
 * The tree with each declared export of the task replaced by a stub, in the sources that the task names: what
 * `verify_only` owes. Where nothing that it declares is found, the tree stays as it is and no test can notice.
 */
export async function takeExportsAway(measure: Measure, request: BareRequest): Promise<BareTree> {
  const { laboratory } = measure
  const { suite, task, tree } = request
  const throwing = new Map<string, string>()
  const silent = new Map<string, string>()
  const stubs: StubRecord[] = []
  for (const path of (await laboratory.files(tree)).keys()) {
    if (!matchesAny(task.sources, path) || classifyPath(path, [suite], task) !== 'source') continue
    const text = await laboratory.read(tree, path)
    const names = text === null ? [] : namesToReplace(path, text, task.exports)
    if (text === null || names.length === 0) continue
    for (const [file, replaced] of replaceIn({ path, text, names, variant: 'throwing' })) {
      throwing.set(file, replaced)
    }
    for (const [file, replaced] of replaceIn({ path, text, names, variant: 'undefined' })) {
      silent.set(file, replaced)
    }
    stubs.push({ path, names, kind: 'appended_exports' })
  }
  if (stubs.length === 0) return { throwing: tree, silent: tree, stubs, foreign: [] }
  return {
    throwing: await laboratory.compose(tree, throwing),
    silent: await laboratory.compose(tree, silent),
    stubs,
    foreign: [],
  }
}

function namesToReplace(path: string, text: string, declared: readonly string[]): string[] {
  if (familyOf(path) === 'python') {
    return declared.filter((name) =>
      new RegExp(`^(?:async )?(?:def|class) ${name}\\b|^${name}\\s*[:=]`, 'm').test(text),
    )
  }
  if (familyOf(path) !== 'js') return []
  const { names } = moduleShape(path, text)
  return declared.filter((name) => names.has(name))
}

interface Replacement {
  readonly path: string
  readonly text: string
  readonly names: readonly string[]
  readonly variant: StubVariant
}

/** An ES module moves aside, and one that passes on all but the replaced names takes its place; elsewhere the names are set anew at the end. */
function replaceIn({ path, text, names, variant }: Replacement): [string, string][] {
  if (familyOf(path) === 'python') {
    return [[path, `${text}\n${pythonStubs(names, { variant, replace: true })}`]]
  }
  const shape = moduleShape(path, text)
  const style: StubStyle = {
    variant,
    format: shape.format === 'esm' ? 'esm' : 'cjs',
    typescript: /\.[cm]?tsx?$/.test(path),
  }
  if (style.format === 'cjs') return [[path, text + appendedProperties(names, { ...style, replace: true })]]
  const dot = path.lastIndexOf('.')
  const aside = `${path.slice(0, dot)}.tdd-kept${path.slice(dot)}`
  const specifier = `./${aside.slice(aside.lastIndexOf('/') + 1)}`
  const passed = [`export * from '${specifier}'`]
  if (shape.names.has('default') && !names.includes('default')) {
    passed.push(`export { default } from '${specifier}'`)
  }
  return [
    [aside, text],
    [path, `${stubModule(names, style)}\n${passed.join('\n')}\n`],
  ]
}
