import { describe, expect, it } from 'vitest'
import { diffFiles } from './diff-files.ts'

const BOUNDS = { files: 2, lines: 4, width: 10 }

describe('the files of a diff', () => {
  it('are told by path, with what was added and taken away, and without the lines that say so twice', () => {
    const text = `diff --git a/src/a.js b/src/a.js
index 1..2 100644
--- a/src/a.js
+++ b/src/a.js
@@ -1,2 +1,2 @@
 same
--- old
+++ new
`
    expect(diffFiles(text, BOUNDS)).toEqual({
      files: [
        {
          path: 'src/a.js',
          note: null,
          added: 1,
          removed: 1,
          lines: ['@@ -1,2 +1', ' same', '--- old', '+++ new'],
          moreLines: 0,
        },
      ],
      moreFiles: 0,
      cut: true,
    })
  })

  it('are new, taken away, renamed, or not text', () => {
    const text = `diff --git a/n b/n
new file mode 100644
index 0..1
--- /dev/null
+++ b/n
@@ -0,0 +1 @@
+one
diff --git a/x b/y
similarity index 100%
rename from x
rename to y
diff --git a/gone b/gone
deleted file mode 100644
--- a/gone
+++ /dev/null
@@ -1 +0,0 @@
-one
diff --git a/i.png b/i.png
index 1..2
Binary files a/i.png and b/i.png differ
`
    const told = diffFiles(text, { files: 9, lines: 9, width: 99 }).files
    expect(told.map(({ path, note, added, removed }) => [path, note, added, removed])).toEqual([
      ['n', 'new file', 1, 0],
      ['y', 'renamed from x', 0, 0],
      ['gone', 'deleted', 0, 1],
      ['i.png', 'not text', 0, 0],
    ])
  })

  it('are cut where there are too many of them, of their lines, or of the characters in a line', () => {
    const file = (name: string): string =>
      `diff --git a/${name} b/${name}\n--- a/${name}\n+++ b/${name}\n@@ -1 +1,5 @@\n${'+123456789012\n'.repeat(5)}`
    const told = diffFiles(['a', 'b', 'c'].map(file).join(''), BOUNDS)
    expect(told).toMatchObject({ moreFiles: 1, cut: true })
    expect(told.files.map(({ lines, moreLines, added }) => [lines.length, moreLines, added])).toEqual([
      [4, 2, 5],
      [0, 6, 5],
    ])
    expect(told.files[0]?.lines[1]).toBe('+123456789')
  })

  it('are none where nothing changed', () => {
    expect(diffFiles('', BOUNDS)).toEqual({ files: [], moreFiles: 0, cut: false })
  })
})
