import { type DefaultTreeAdapterTypes, parse } from 'parse5'

/** A page as a browser would see it. */
interface ParsedPage {
  /** All of its text. */
  readonly text: string
  readonly title: string
  /** Names of the elements that are one of these, in order. */
  elements(...names: readonly string[]): string[]
  /** Names of all attributes, in order. */
  attributes(): string[]
  /** Names of elements and attributes, in order, without what stands in them. */
  readonly shape: string
}

export function parsedPage(page: string): ParsedPage {
  const nodes = [...below(parse(page))]
  const elements = nodes.filter((node) => 'attrs' in node)
  const text = textOf(nodes)
  const title = nodes.find(({ nodeName }) => nodeName === 'title')
  return {
    text,
    title: title === undefined ? '' : textOf([...below(title)]),
    elements: (...names) => elements.map(({ nodeName }) => nodeName).filter((name) => names.includes(name)),
    attributes: () => elements.flatMap(({ attrs }) => attrs.map(({ name }) => name)),
    shape: elements
      .map(({ nodeName, attrs }) => [nodeName, ...attrs.map(({ name }) => name)].join(' '))
      .join('\n'),
  }
}

function* below(node: DefaultTreeAdapterTypes.Node): Generator<DefaultTreeAdapterTypes.Node> {
  yield node
  for (const child of 'childNodes' in node ? node.childNodes : []) yield* below(child)
}

function textOf(nodes: readonly DefaultTreeAdapterTypes.Node[]): string {
  return nodes.map((node) => ('value' in node ? node.value : '')).join('')
}
