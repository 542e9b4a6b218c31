/** An element of an XML text, as `parseXml` reads it. */
export interface XmlElement {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly XmlElement[]
  /** Text directly in it, entities read. */
  readonly text: string
}

const TOKEN = /<(\/?)([A-Za-z][\w:.-]*)((?:\s+[A-Za-z][\w:.-]*="[^"<]*")*)\s*(\/?)>|([^<]+)/y
const ATTRIBUTE = /([\w:.-]+)="([^"]*)"/g
const ENTITY = /&(?:(lt|gt|amp|quot|apos)|#(\d+)|#x([0-9a-fA-F]+));/g
const NAMED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }
const FORBIDDEN = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u

/**
 * Reads an XML text of elements, attributes in double quotes, and text, which is all that the lab writes; throws with the
 * place when it is not well-formed (XML 1.0, §2.1).
 */
export function parseXml(text: string): XmlElement {
  const forbidden = FORBIDDEN.exec(text)
  if (forbidden) throw new Error(`a character that XML does not allow, at ${forbidden.index}`)
  const top = { name: '', attributes: {}, children: [] as XmlElement[], text: '' }
  const open = [top]
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex
    const token = TOKEN.exec(text)
    if (!token) throw new Error(`no tag and no text at ${at}: ${text.slice(at, at + 60)}`)
    const [, closing, name, attributes, empty, content] = token
    const inner = open.at(-1)!
    if (content !== undefined) inner.text += readText(content, at)
    else if (closing) {
      if (inner.name !== name) throw new Error(`</${name}> closes <${inner.name}> at ${at}`)
      open.pop()
    } else {
      const element = { name: name!, attributes: readAttributes(attributes!, at), children: [], text: '' }
      inner.children.push(element)
      if (!empty) open.push(element)
    }
  }
  if (open.length > 1) throw new Error(`<${open.at(-1)!.name}> is not closed`)
  if (top.children.length !== 1 || top.text.trim() !== '') throw new Error('not one element at the top')
  return top.children[0]!
}

function readAttributes(text: string, at: number): Record<string, string> {
  const attributes: Record<string, string> = {}
  for (const [, name, value] of text.matchAll(ATTRIBUTE)) {
    if (Object.hasOwn(attributes, name!)) throw new Error(`attribute ${name} twice at ${at}`)
    attributes[name!] = readText(value!, at)
  }
  return attributes
}

function readText(text: string, at: number): string {
  if (text.replace(ENTITY, '').includes('&')) throw new Error(`an ampersand that is no entity, near ${at}`)
  return text.replace(ENTITY, (_, name, decimal, hex) =>
    name ? NAMED[name]! : String.fromCodePoint(decimal ? Number(decimal) : Number.parseInt(hex, 16)),
  )
}

/** The element and everything in it, depth first. */
export function* elementsOf(element: XmlElement): Iterable<XmlElement> {
  yield element
  for (const child of element.children) yield* elementsOf(child)
}
