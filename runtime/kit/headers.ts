/**
 * Header fields as one immutable string: each field is a line `\nname: value`, names in lower case, in wire order,
 * repeated fields as repeated lines. A single string crosses a message port as one copy and is searched only when
 * somebody asks, so a hop that looks at no header pays for none.
 */
export type HeaderBlock = string

/** The value of the first field called `name` (lower case), or `undefined`. */
export function headerGet(block: HeaderBlock, name: string): string | undefined {
  const needle = `\n${name}: `
  const at = block.indexOf(needle)
  if (at < 0) return undefined
  const from = at + needle.length
  const to = block.indexOf('\n', from)
  return to < 0 ? block.slice(from) : block.slice(from, to)
}

/** All values of `name`, joined with a comma as RFC 9110 §5.3 allows for lists; `undefined` when absent. */
export function headerList(block: HeaderBlock, name: string): string | undefined {
  let joined: string | undefined
  headerEach(block, (key, value) => {
    if (key === name) joined = joined === undefined ? value : `${joined}, ${value}`
  })
  return joined
}

/** The block with one more line. Line breaks in the value are replaced by spaces, so nothing can be smuggled in. */
export function headerAppend(block: HeaderBlock, name: string, value: string): HeaderBlock {
  return `${block}\n${name}: ${clean(value)}`
}

/** The block with `name` set to exactly `value`. */
export function headerSet(block: HeaderBlock, name: string, value: string): HeaderBlock {
  return headerAppend(headerRemove(block, name), name, value)
}

/** The block without any field called `name`. */
export function headerRemove(block: HeaderBlock, name: string): HeaderBlock {
  const needle = `\n${name}: `
  let rest = block
  for (let at = rest.indexOf(needle); at >= 0; at = rest.indexOf(needle, at)) {
    const end = rest.indexOf('\n', at + needle.length)
    rest = end < 0 ? rest.slice(0, at) : rest.slice(0, at) + rest.slice(end)
  }
  return rest
}

/** Calls `visit` for every field in order. */
export function headerEach(block: HeaderBlock, visit: (name: string, value: string) => void): void {
  let at = block.length > 0 ? 1 : 0
  while (at > 0) {
    const end = block.indexOf('\n', at)
    const stop = end < 0 ? block.length : end
    const colon = block.indexOf(': ', at)
    visit(block.slice(at, colon), block.slice(colon + 2, stop))
    at = end + 1
  }
}

/** A block from an object; an array makes repeated fields. Names are lower-cased. */
export function headers(fields: Readonly<Record<string, string | number | readonly string[]>>): HeaderBlock {
  let block = ''
  for (const [name, value] of Object.entries(fields)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      block = headerAppend(block, name.toLowerCase(), String(one))
    }
  }
  return block
}

const LINE_BREAKS = /[\r\n\0]/
const ALL_LINE_BREAKS = /[\r\n\0]+/g
function clean(value: string): string {
  return LINE_BREAKS.test(value) ? value.replace(ALL_LINE_BREAKS, ' ') : value
}
