/** A function, or one of V8's own states such as `(program)`. */
export interface Frame {
  /** Empty for a function without a name. */
  readonly name: string
  /** URL of its file; `node:…` for Node.js itself; empty for native code. */
  readonly url: string
  /** Where the function begins, from 1; 0 where there is no file. */
  readonly line: number
  readonly column: number
}

/** What a function, called as its ancestors say, took: microseconds of a busy thread, or bytes allocated. */
export interface CallNode {
  readonly frame: Frame
  /** By the function itself, without those it called. */
  self: number
  readonly children: Map<string, CallNode>
}

/** A file's URL without the query by which a module that has changed is loaded again. */
export const fileOf = (url: string): string => (url.startsWith('file:') ? url.split('?', 1)[0]! : url)

const ROOT_FRAME: Frame = { name: '(root)', url: '', line: 0, column: 0 }

/** A node that has taken nothing. */
export const newNode = (frame: Frame = ROOT_FRAME): CallNode => ({ frame, self: 0, children: new Map() })

/** The same for the same function. */
export const keyOf = ({ name, url, line, column }: Frame): string => `${name} ${url}:${line}:${column}`

/** The child for a frame, made where there is none. */
export function childOf(node: CallNode, frame: Frame): CallNode {
  const key = keyOf(frame)
  let child = node.children.get(key)
  if (!child) {
    child = newNode(frame)
    node.children.set(key, child)
  }
  return child
}

/** Adds a tree to another one, call by call; `factor` scales what it took. */
export function addTree(into: CallNode, from: CallNode, factor = 1): void {
  into.self += from.self * factor
  for (const child of from.children.values()) addTree(childOf(into, child.frame), child, factor)
}

/** What a node and all that it called took. */
export function totalOf(node: CallNode): number {
  let total = node.self
  for (const child of node.children.values()) total += totalOf(child)
  return total
}

/** What one function took over all of its calls. */
export interface FunctionTotal {
  readonly frame: Frame
  readonly self: number
  /** With what it called; a function that calls itself is counted once. */
  readonly total: number
}

/** Every function of a tree, the one that took most by itself first. */
export function functionTotals(root: CallNode): FunctionTotal[] {
  const found = new Map<string, { frame: Frame; self: number; total: number }>()
  const open = new Set<string>()
  const visit = (node: CallNode): number => {
    const key = keyOf(node.frame)
    const isOutermost = !open.has(key)
    if (isOutermost) open.add(key)
    let total = node.self
    for (const child of node.children.values()) total += visit(child)
    const one = found.get(key) ?? { frame: node.frame, self: 0, total: 0 }
    one.self += node.self
    if (isOutermost) {
      one.total += total
      open.delete(key)
    }
    found.set(key, one)
    return total
  }
  for (const child of root.children.values()) visit(child)
  return [...found.values()].sort((a, b) => b.self - a.self)
}
