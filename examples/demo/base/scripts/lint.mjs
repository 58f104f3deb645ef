// The house rules of this library, checked line by line. Prints what it finds and ends with 1 when that is anything.
import { readFileSync, readdirSync } from 'node:fs'

const RULES = [
  [/\bvar\b/, 'use const or let'],
  [/\bconsole\./, 'a library does not print'],
  [/[^=!]==[^=]|!=[^=]/, 'compare with === or !=='],
  [/\t/, 'indent with spaces'],
  [/\s+$/, 'no spaces at the end of a line'],
]

const findings = []
for (const folder of ['src', 'test']) {
  for (const name of readdirSync(folder).sort()) {
    const file = `${folder}/${name}`
    const text = readFileSync(file, 'utf8')
    if (!text.endsWith('\n')) findings.push(`${file}: ends without a line feed`)
    text.split('\n').forEach((line, index) => {
      for (const [pattern, rule] of RULES) if (pattern.test(line)) findings.push(`${file}:${index + 1}: ${rule}`)
    })
  }
}

const index = readFileSync('src/index.js', 'utf8')
for (const name of readdirSync('src').sort()) {
  if (name !== 'index.js' && !index.includes(`'./${name}'`)) findings.push(`src/${name}: src/index.js does not export it`)
}

for (const finding of findings) console.log(finding)
process.exitCode = findings.length === 0 ? 0 : 1
