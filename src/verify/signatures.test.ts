import { describe, expect, it } from 'vitest'
import { signaturesIn } from './signatures.ts'

describe('signaturesIn', () => {
  it('tells what a TypeScript module exports, without bodies and private members', () => {
    const text = `
import { x } from './x.js'
const hidden = 1
export function add(a: number, b = 2): number { return a + b }
export async function* lines(path: string): AsyncGenerator<string> { yield path }
export const half = (n: number): number => n / 2
export const LIMIT: number = 20, OTHER = { a: 1 }
export const LONG = [${'1, '.repeat(60)}]
export interface Point { readonly x: number
  readonly y: number }
export type Id = string | number
export abstract class Queue<T> extends Base implements Iterable<T> {
  readonly size: number = 0
  #items: T[] = []
  private secret = 1
  constructor(private readonly limit: number) { super() }
  push(item: T): void { this.#items.push(item) }
  #grow(): void {}
  protected inner(): void {}
  static of<T>(...items: T[]): Queue<T> { return null }
}
export default class { run(): void {} }
function later(a: string): void {}
export { later as soon, x }
export * from './more.js'
`
    expect(signaturesIn('src/a.ts', text)).toEqual([
      'export function add(a: number, b = 2): number',
      'export async function* lines(path: string): AsyncGenerator<string>',
      'export const half = (n: number): number =>',
      'export const LIMIT: number = 20',
      'export const OTHER = { a: 1 }',
      'export const LONG = …',
      'export interface Point { readonly x: number readonly y: number }',
      'export type Id = string | number',
      'export abstract class Queue<T> extends Base implements Iterable<T> { readonly size: number; constructor(private readonly limit: number); push(item: T): void; static of<T>(...items: T[]): Queue<T> }',
      'export default class { run(): void }',
      'export function later(a: string): void (as soon)',
      'export x',
      "export * from './more.js'",
    ])
  })

  it('tells what a CommonJS module exports', () => {
    const text = `
function add(a, b) { return a + b }
exports.half = (n) => n / 2
module.exports = { add, size: 3, twice(n) { return n * 2 }, make: function (x) { return x } }
`
    expect(signaturesIn('src/a.js', text)).toEqual([
      'exports.half = (n) =>',
      'module.exports: function add(a, b)',
      'module.exports: size: 3',
      'module.exports: twice(n)',
      'module.exports: make: function (x)',
    ])
    expect(signaturesIn('a.cjs', 'const f = (a) => a\nmodule.exports = f\n')).toEqual([
      'module.exports = const f = (a) =>',
    ])
  })

  it('tells what a Python module offers', () => {
    const text = `
import os
LIMIT: int = 20
_own = 1
def add(a: int, *, b: int = 2) -> int:
    return a + b
async def load(
    path: str,  # where
):
    pass
def _hidden(): pass
@dataclass
class Queue(Base):
    """Doc."""
    size: int = 0
    def __init__(self, limit): pass
    @property
    def first(self) -> int: return 1
    def _grow(self): pass
`
    expect(signaturesIn('src/a.py', text)).toEqual([
      'LIMIT: int = 20',
      'def add(a: int, *, b: int = 2) -> int',
      'async def load( path: str, )',
      'class Queue(Base)\n    def __init__(self, limit)\n    def first(self) -> int',
    ])
  })

  it('tells nothing of other languages, and does not stumble over broken code', () => {
    expect(signaturesIn('a.go', 'func Add() {}')).toEqual([])
    expect(() => signaturesIn('a.ts', 'export function (((')).not.toThrow()
    expect(signaturesIn('a.ts', `export type A = ${"'x' | ".repeat(3_000)}'y'`)[0]?.length).toBeLessThan(500)
  })
})
