/** What a failure message says is not there. */
export interface Lack {
  /**
   * `module`: a module or package; `file`: a file that code read or opened itself; `name`: something imported or
   * referred to; `member`: a property or method; `parameter`: an argument that a function does not take; `value`: something
   * was asked of undefined, null or None.
   */
  readonly what: 'module' | 'file' | 'name' | 'member' | 'parameter' | 'value'
  /** The missing thing as the message writes it; null where the message does not name it. */
  readonly name: string | null
  /** What it was asked of, as far as the message shows it: `parser` of `parser.parse is not a function`. */
  readonly owner: string | null
}

interface Row {
  readonly pattern: RegExp
  readonly what: Lack['what']
  /** Capture group 1 is an expression such as `(0 , lib.parse)`, not a name. */
  readonly expression?: true
}

/** Messages of V8, Node and the tools that load JavaScript and TypeScript. */
const JAVASCRIPT: readonly Row[] = [
  { what: 'name', pattern: /does not provide an export named '([^']+)'/ },
  { what: 'name', pattern: /Named export '([^']+)' not found/ },
  { what: 'name', pattern: /No matching export in "[^"]*" for import "([^"]+)"/ },
  { what: 'name', pattern: /"([^"]+)" is not exported by/ },
  { what: 'name', pattern: /No "([^"]+)" export is defined on/ },
  { what: 'name', pattern: /has no exported member (?:named )?'([^']+)'/ },
  { what: 'name', pattern: /Module '[^']+' has no (default) export/ },
  { what: 'name', pattern: /Cannot find name '([^']+)'/ },
  { what: 'member', pattern: /Property '([^']+)' does not exist on type/ },
  { what: 'member', pattern: /may only specify known properties, (?:and|but) '([^']+)' does not exist/ },
  { what: 'parameter', pattern: /Expected \d+(?:-\d+)? arguments?, but got \d+/ },
  { what: 'module', pattern: /Cannot find (?:module|package) ['"`]([^'"`]+)['"`]/ },
  { what: 'module', pattern: /Failed to resolve import "([^"]+)"/ },
  { what: 'module', pattern: /Failed to load url (\S+)/ },
  { what: 'module', pattern: /Could not resolve "([^"]+)"/ },
  { what: 'module', pattern: /Missing "([^"]+)" specifier in/ },
  { what: 'file', pattern: /ENOENT: no such file or directory, \w+ '([^']+)'/ },
  { what: 'name', pattern: /(?:^|[\s:])([A-Za-z_$][\w$]*) is not defined/ },
  { what: 'name', pattern: /Cannot access '([\w$]+)' before initialization/ },
  { what: 'value', pattern: /Class extends value (?:undefined|null|#<Object>|\[object Object\])/ },
  {
    what: 'member',
    expression: true,
    pattern: /(?:^|: |\n)(\S(?:[^\n]*\S)?) is not a (?:function|constructor)/,
  },
  { what: 'value', pattern: /Right-hand side of 'instanceof' is not/ },
  { what: 'member', pattern: /Property [`']([^`']+)[`'] does not exist in the provided object/ },
  { what: 'member', pattern: /Cannot spy (?:on )?(?:the )?[`']?([\w$]+)[`']? (?:property|method)?/ },
  { what: 'member', pattern: /Cannot (?:stub|spy) non-existent (?:own )?property (\S+)/ },
  { what: 'value', pattern: /can only spy on a function\. Received undefined/ },
  { what: 'value', pattern: /Cannot (?:read|set) propert(?:y|ies) of (?:undefined|null)/ },
  { what: 'member', pattern: /Cannot destructure property '([^']+)' of/ },
  { what: 'value', pattern: /(?:undefined|null|\S+) is not iterable/ },
  { what: 'value', pattern: /Cannot convert undefined or null to object/ },
  {
    what: 'value',
    pattern: /must be (?:of type|an instance of|one of type)[^\n]*\. Received (?:undefined|null)/,
  },
]

/** Messages of CPython and pytest. */
const PYTHON: readonly Row[] = [
  { what: 'module', pattern: /No module named '([^']+)'/ },
  { what: 'name', pattern: /cannot import name '([^']+)'/ },
  { what: 'name', pattern: /\bname '(\w+)' is not defined/ },
  { what: 'value', pattern: /'NoneType' object (?:is not|has no|does not|can)/ },
  { what: 'member', pattern: /has no attribute '(\w+)'/ },
  { what: 'member', pattern: /does not have the attribute '(\w+)'/ },
  { what: 'parameter', pattern: /got an unexpected keyword argument '(\w+)'/ },
  { what: 'parameter', pattern: /missing \d+ required (?:positional|keyword-only) arguments?: '(\w+)'/ },
  { what: 'parameter', pattern: /takes (?:from )?(?:no|\d+)[^\n]* arguments?(?: but| \()/ },
  { what: 'value', pattern: /cannot unpack non-(?:iterable|sequence)/ },
  { what: 'value', pattern: /object is not (?:callable|subscriptable|iterable|an iterator)/ },
  { what: 'value', pattern: /object of type 'NoneType' has no len/ },
  { what: 'value', pattern: /can't be used in 'await' expression/ },
  {
    what: 'value',
    pattern: /(?:does not support|missed) the (?:asynchronous )?context manager|^__a?enter__$/,
  },
]

/** Messages of compilers: the file that uses the name cannot be built. */
const COMPILED: readonly Row[] = [
  { what: 'name', pattern: /undefined: (?:\w+\.)?(\w+)/ },
  { what: 'member', pattern: /has no field or method (\w+)/ },
  { what: 'member', pattern: /unknown field (\w+) in struct literal/ },
  { what: 'parameter', pattern: /(?:not enough|too many) arguments in call/ },
  { what: 'module', pattern: /no required module provides package ([^\s;]+)/ },
  { what: 'module', pattern: /package (\S+) is not in (?:std|GOROOT)/ },
  { what: 'name', pattern: /unresolved imports? `(?:[\w:]+::)?(\w+)`/ },
  { what: 'name', pattern: /cannot find [\w\s,/-]+ `(\w+)`/ },
  { what: 'name', pattern: /could not find `(\w+)` in/ },
  {
    what: 'member',
    pattern: /no (?:method|function or associated item|associated item|field|variant)[\w\s]* `(\w+)`/,
  },
  { what: 'parameter', pattern: /this (?:function|method) takes \d+ arguments? but/ },
]

const TABLES = { javascript: JAVASCRIPT, python: PYTHON, compiled: COMPILED } as const

/** What a message says is missing, by the runtime of the file that failed; null where it says nothing of that kind. */
export function lackIn(message: string, file: string): Lack | null {
  for (const { pattern, what, expression } of TABLES[runtimeOf(file)]) {
    const match = pattern.exec(message)
    if (match === null) continue
    const text = match[1] ?? null
    if (expression !== true) return { what, name: text, owner: null }
    return { what, ...split(text ?? '') }
  }
  return null
}

/** Whether a load failure is about broken syntax. A missing export is a SyntaxError by name only, and is asked about before. */
export function isSyntaxError(errorName: string | null, message: string): boolean {
  if (errorName !== null && /^(?:SyntaxError|IndentationError|TabError|ParseError)$/.test(errorName)) {
    return true
  }
  return /(?:^|\n)\s*(?:SyntaxError|IndentationError|TabError)\b|Transform failed with \d+ error|error TS1\d{3}\b|PARSE_ERROR|Parse failure|expected declaration, found/.test(
    message,
  )
}

function runtimeOf(file: string): keyof typeof TABLES {
  if (/\.pyi?$/.test(file)) return 'python'
  return /\.(?:go|rs)$/.test(file) ? 'compiled' : 'javascript'
}

/** `(0 , lib.parse)` and `lib.parse(...)` are both `parse` of `lib`. */
function split(expression: string): { readonly name: string | null; readonly owner: string | null } {
  const plain = expression
    .replace(/^\(0\s*,\s*(.*)\)$/, '$1')
    .replace(/\((?:\.\.\.|intermediate value)\)/g, '')
    .replace(/^(?:new|await)\s+/, '')
    .replace(/^\w+Error: /, '')
  const words = plain.match(/[A-Za-z_$][\w$]*/g) ?? []
  return { name: words.at(-1) ?? null, owner: words.length > 1 ? (words[0] ?? null) : null }
}
