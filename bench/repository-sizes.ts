import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { randomOf } from '../test/support/seeded-random.ts'

/** A repository as large as people have them. */
export interface RepositorySize {
  readonly files: number
  readonly bytes: number
}

/** A small project, and one in which everything that looks at each file is felt. */
export const SIZES: readonly RepositorySize[] = [
  { files: 1_000, bytes: 9_000_000 },
  { files: 20_000, bytes: 105_000_000 },
]

/** What is left behind below it is ignored by git. */
export const IGNORED_FOLDER = 'generated'

/** The place of one of its files. */
export function sampleFile(index: number): string {
  const [part, area] = [Math.floor(index / FILES_OF_PART), Math.floor(index / FILES_OF_AREA)]
  return `material/part_${part}/area_${area % (FILES_OF_PART / FILES_OF_AREA)}/file_${index}.txt`
}

/** Makes a repository of one commit on `main`, packed and checked out: text of words, the same at each call, and `more`. */
export function makeRepository(
  directory: string,
  size: RepositorySize,
  more: Readonly<Record<string, string>> = {},
): void {
  mkdirSync(directory)
  const git = (args: readonly string[], input?: Buffer): void => {
    execFileSync('git', args, { cwd: directory, ...(input === undefined ? {} : { input }) })
  }
  git(['init', '--quiet', '--initial-branch=main'])
  for (const [name, value] of SETTINGS) git(['config', name, value])
  git(['fast-import', '--quiet'], importOf(size, more))
  git(['repack', '-a', '-d', '--quiet'])
  git(['reset', '--hard', '--quiet'])
}

const FILES_OF_PART = 400
const FILES_OF_AREA = 20

const SETTINGS = [
  ['user.name', 'Ada Example'],
  ['user.email', 'ada@example.com'],
  // Nothing of git goes on behind what is measured.
  ['maintenance.auto', 'false'],
  ['gc.auto', '0'],
] as const

function importOf({ files, bytes }: RepositorySize, more: Readonly<Record<string, string>>): Buffer {
  const random = randomOf(files)
  const words = Array.from({ length: WORDS }, () => word(random))
  const parts = ['commit refs/heads/main\ncommitter Ada Example <ada@example.com> 1700000000 +0000\n']
  parts.push('data 6\nBegin\n', importedFile('.gitignore', `/${IGNORED_FOLDER}/\n`))
  for (let index = 0; index < files; index += 1)
    parts.push(importedFile(sampleFile(index), textOf({ bytes: bytes / files, words, random })))
  for (const [path, text] of Object.entries(more)) parts.push(importedFile(path, text))
  return Buffer.from(parts.join(''))
}

function importedFile(path: string, text: string): string {
  return `M 100644 inline ${path}\ndata ${text.length}\n${text}\n`
}

const WORDS = 4_000
const LINE_LENGTH = 70

function textOf(text: {
  readonly bytes: number
  readonly words: readonly string[]
  readonly random: () => number
}): string {
  const lines: string[] = []
  for (let length = 0; length < text.bytes; ) {
    let line = ' '
    while (line.length < LINE_LENGTH) line += ` ${text.words[Math.floor(text.random() * WORDS)]}`
    lines.push(line)
    length += line.length + 1
  }
  return `${lines.join('\n')}\n`
}

function word(random: () => number): string {
  const length = 3 + Math.floor(random() * 8)
  return Array.from({ length }, () => String.fromCharCode(97 + Math.floor(random() * 26))).join('')
}
