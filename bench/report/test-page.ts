import { elementsOf, parseXml, type XmlElement } from '@archlab/runtime/testing'

/** A report as its reader's machine sees it. */
export interface ReadPage {
  /** Without what stands in scripts and style sheets. */
  readonly root: XmlElement
  readonly elements: readonly XmlElement[]
  /** Texts of scripts and style sheets, in order. */
  readonly scripts: readonly string[]
  readonly styles: readonly string[]
}

/** Elements of HTML and SVG that may be written without a closing tag. */
const EMPTY = new Set(['meta', 'link', 'br', 'path', 'rect', 'circle'])

/** Reads a report; throws when it is not well-formed XML, or would mean something else as HTML. */
export function readPage(text: string): ReadPage {
  const doctype = '<!doctype html>\n'
  if (!text.startsWith(doctype)) throw new Error('the page does not begin with its doctype')
  const found = { script: [] as string[], style: [] as string[] }
  const marked = text
    .slice(doctype.length)
    .replace(
      /<(script|style)([^>]*)>([\s\S]*?)<\/\1>/g,
      (_, name: 'script' | 'style', attributes: string, content: string) => {
        found[name].push(content)
        return `<${name}${attributes}></${name}>`
      },
    )
  for (const [tag, name] of marked.matchAll(/<([\w-]+)[^<>]*\/>/g)) {
    if (!EMPTY.has(name!)) throw new Error(`HTML does not know ${tag} as an empty element`)
  }
  // Elements hold their texts and their children apart; texts as elements keep their place among them.
  const root = parseXml(marked.trim().replace(/>([^<]+)</g, '><text-node>$1</text-node><'))
  return { root, elements: [...elementsOf(root)], scripts: found.script, styles: found.style }
}

/** Text of an element and of everything in it but `left` out, spaces made ordinary. */
export function textOf(element: XmlElement, left: (one: XmlElement) => boolean = () => false): string {
  const collect = (one: XmlElement): string => (left(one) ? '' : one.text + one.children.map(collect).join(''))
  return collect(element).replace(/\s+/g, ' ').trim()
}

/** The first element with an id; throws when there is none. */
export function byId(page: ReadPage, id: string): XmlElement {
  const found = page.elements.find(one => one.attributes.id === id)
  if (!found) throw new Error(`nothing has the id ${id}`)
  return found
}

/** Cells of a table's body, row by row, under the headings of its columns; notes below a cell are left out. */
export function tableOf(page: ReadPage, id: string): Record<string, string>[] {
  const frame = page.elements.find(one => one.attributes['aria-labelledby'] === id)
  if (!frame) throw new Error(`no table is called ${id}`)
  const all = [...elementsOf(frame)]
  const rows = all
    .filter(one => one.name === 'tr')
    .map(row => row.children.filter(one => /^t[hd]$/.test(one.name)).map(cell => textOf(cell, isNote)))
  const [heads, ...body] = rows as [string[], ...string[][]]
  return body.map(cells => Object.fromEntries(cells.map((cell, at) => [heads[at]!, cell])))
}

const isNote = (one: XmlElement): boolean => one.attributes.class?.split(' ')[0] === 'note'

/** A shown number: `1,234.5` → 1234.5. */
export const numberOf = (text: string): number => Number(text.replaceAll(',', ''))
