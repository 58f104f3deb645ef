/** Whether a file is for people to read: it cannot make a test fail, unless something names it. */
export function isProse(path: string): boolean {
  return (
    /\.(?:md|markdown|rst|adoc|txt)$/i.test(path) ||
    /(?:^|\/)(?:LICEN[CS]E|NOTICE|AUTHORS|CODEOWNERS)$/.test(path)
  )
}
