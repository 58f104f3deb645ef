import { stubMessage, type StubVariant } from './stub-mark.ts'

interface StubStyle {
  readonly variant: StubVariant
  readonly format: 'esm' | 'cjs'
  /** Whether the text needs type annotations to compile. */
  readonly typescript: boolean
}

/** The text of a module that nobody has written yet. `*` among the names says that the module itself is used as a value. */
export function stubModule(names: readonly string[], style: StubStyle): string {
  const head = style.typescript ? '// @ts-nocheck\n' : ''
  const maker = makerText(style)
  if (style.format === 'cjs') {
    const members = plainNames(names).map((name) => `module.exports${access(name)} = ${made(name)}\n`)
    return `${head}'use strict'\n${maker}module.exports = ${made('module.exports')}\n${members.join('')}`
  }
  return head + maker + exportTexts(names)
}

/** What is added behind an existing ES module so that these names can be imported. */
export function appendedExports(names: readonly string[], style: StubStyle): string {
  return `\n;${makerText(style)}${exportTexts(names)}`
}

/**
 * What is added behind an existing CommonJS module. What is there already at run time stays, unless `replace` is set.
 * The assignments are written so that static readers of CommonJS exports see the names.
 */
export function appendedProperties(
  names: readonly string[],
  style: StubStyle & { readonly replace: boolean },
): string {
  const lines = names.map((name) => {
    if (style.replace && (name === 'default' || name === '*')) return `module.exports = ${made(name)}\n`
    const target = `module.exports${access(name)}`
    const condition = style.replace ? 'true' : `!(${JSON.stringify(name)} in module.exports)`
    return `if (Object(module.exports) === module.exports && Object.isExtensible(module.exports) && ${condition}) { ${target} = ${made(name)} }\n`
  })
  return `\n;${makerText({ ...style, format: 'cjs' })}${lines.join('')}`
}

function plainNames(names: readonly string[]): string[] {
  return names.filter((name) => name !== '*' && name !== 'module.exports')
}

function exportTexts(names: readonly string[]): string {
  const plain = plainNames(names)
  const locals = plain.map((name, index) => `const __tddStub${index} = ${made(name)}\n`)
  const list = plain.map(
    (name, index) => `__tddStub${index} as ${isIdentifier(name) ? name : JSON.stringify(name)}`,
  )
  return `${locals.join('')}export { ${list.join(', ')} }\n`
}

function made(name: string): string {
  return `__tddStub(${JSON.stringify(name)})`
}

function access(name: string): string {
  return isIdentifier(name) ? `.${name}` : `[${JSON.stringify(name)}]`
}

function isIdentifier(name: string): boolean {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u.test(name)
}

/** Defines `__tddStub`. One piece of text for both module systems; only the annotations differ. */
function makerText(style: StubStyle): string {
  const any = style.typescript ? ': any' : ''
  return (style.variant === 'throwing' ? throwingMaker : undefinedMaker)(any)
}

/**
 * A Proxy over a function: what is called, constructed or read throws. `prototype` lets classes extend it and
 * `instanceof` ask it; `then` lets it be awaited; symbols and `__esModule` are read by the language and by loaders.
 * Properties that somebody set are given back, so that a CommonJS module can carry several stubs.
 */
function throwingMaker(any: string): string {
  return `function __tddStub(name${any})${any} {
  const own${any} = new Set()
  const fail${any} = (what${any}) => {
    const error${any} = new Error(${stubTemplate()} + what)
    error.name = 'TddStubError'
    throw error
  }
  return new Proxy(function () {}, {
    apply: () => fail(' (called)'),
    construct: () => fail(' (constructed)'),
    get: (target${any}, key${any}) => {
      if (typeof key === 'symbol' || key === 'prototype' || key === 'then' || key === '__esModule' || own.has(key)) return target[key]
      return fail(' (read: ' + key + ')')
    },
    set: (target${any}, key${any}, value${any}) => {
      own.add(key)
      target[key] = value
      return true
    },
  })
}
`
}

/**
 * Calls give undefined, instances and members accept every call and give undefined: whatever passes only because
 * something threw has nothing left to throw.
 */
function undefinedMaker(any: string): string {
  return `function __tddStub(name${any}, depth${any} = 0)${any} {
  const silent = ['then', 'prototype', 'name', 'length', 'constructor', 'toJSON', 'asymmetricMatch', 'nodeType', 'tagName', 'inspect', '__esModule', '$$typeof', 'toString', 'valueOf', 'apply', 'call', 'bind']
  const own${any} = new Set()
  const read${any} = (target${any}, key${any}) => {
    if (typeof key === 'symbol' || own.has(key) || silent.includes(key)) return target[key]
    return depth < 2 ? __tddStub(key, depth + 1) : undefined
  }
  const set${any} = (target${any}, key${any}, value${any}) => {
    own.add(key)
    target[key] = value
    return true
  }
  return new Proxy(function () {}, {
    apply: () => undefined,
    construct: (target${any}, args${any}, made${any}) => {
      const plain = Reflect.construct(Object, [], made)
      return new Proxy(plain, { get: (it${any}, key${any}) => (key in it ? it[key] : read(it, key)), set })
    },
    get: read,
    set,
  })
}
`
}

function stubTemplate(): string {
  const [before, after] = stubMessage('\0').split('\0')
  return `${JSON.stringify(before)} + name + ${JSON.stringify(after)}`
}
