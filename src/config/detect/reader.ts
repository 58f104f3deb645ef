import { parse } from 'smol-toml'
import type { Suite } from '../../domain/suite.ts'

/** A repository to look at, at one commit. Nothing is executed. */
export interface RepositoryReader {
  /** Every file, relative to the repository. */
  readonly files: readonly string[]
  /** The text of a file, or null. */
  read(path: string): Promise<string | null>
  /** Whether a program is installed. Default: every program is. */
  has?(program: string): boolean
}

/** A suite without the parts that detection leaves to their defaults. */
export type FoundSuite = Pick<Suite, 'cwd' | 'runner' | 'tests' | 'sources'> &
  Partial<Pick<Suite, 'setup' | 'build' | 'checks' | 'env' | 'command' | 'args' | 'fixtures'>> & {
    /** What the suite would like to be called. */
    readonly label: string
  }

export interface Findings {
  readonly suites: readonly FoundSuite[]
  /** What a person should know: what was assumed, what was left out. */
  readonly notes: readonly string[]
}

/** Directories whose manifests and tests are material of other tests, or not the project's own. */
const FOREIGN =
  /^(node_modules|bower_components|vendor|third_party|fixtures?|__fixtures__|testdata|templates?|dist|build|out|\.venv|venv|\.tox)$/

export function isForeign(path: string): boolean {
  return path
    .split('/')
    .slice(0, -1)
    .some((part) => FOREIGN.test(part))
}

/** The directory of a path; `.` for the repository itself. */
export function directoryOf(path: string): string {
  const slash = path.lastIndexOf('/')
  return slash === -1 ? '.' : path.slice(0, slash)
}

export function inside(directory: string, name: string): string {
  return directory === '.' ? name : `${directory}/${name}`
}

/** `path` relative to `directory`, which holds it. */
export function within(directory: string, path: string): string {
  return directory === '.' ? path : path.slice(directory.length + 1)
}

/** Plain data of a JSON or TOML file; null when it is not there or not readable. Its problem is its own runner's to tell. */
export async function readData(
  reader: RepositoryReader,
  path: string,
): Promise<Record<string, unknown> | null> {
  const text = await reader.read(path)
  if (text === null) return null
  try {
    const value: unknown = path.endsWith('.toml') ? parse(text) : JSON.parse(text)
    return isRecord(value) ? value : null
  } catch {
    // A manifest that its own tool cannot read either tells nothing about the repository.
    return null
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A value below nested keys of plain data. */
export function dig(value: unknown, ...keys: readonly string[]): unknown {
  let current = value
  for (const key of keys) {
    current = isRecord(current) && Object.hasOwn(current, key) ? current[key] : undefined
  }
  return current
}

export function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((entry): entry is string => typeof entry === 'string') : []
}
