import { type CallNode, childOf, type Frame, fileOf, newNode } from './call-tree.ts'

/** Where V8 says that a function is; lines and columns from 0. */
interface V8Frame {
  readonly functionName: string
  readonly url: string
  readonly lineNumber: number
  readonly columnNumber: number
}

/** `.cpuprofile`, as the V8 inspector's `Profiler.stop` gives it. */
export interface CpuProfile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: V8Frame; readonly children?: readonly number[] }[]
  /** Ids of nodes, one a sample. */
  readonly samples?: readonly number[]
  /** Microseconds since the sample before. */
  readonly timeDeltas?: readonly number[]
}

/** `.heapprofile`, as `HeapProfiler.stopSampling` gives it. */
export interface HeapProfile {
  readonly head: HeapNode
}

interface HeapNode {
  readonly callFrame: V8Frame
  /** Estimate of the bytes allocated by the function itself. */
  readonly selfSize: number
  readonly children: readonly HeapNode[]
}

/** The thread waited. */
const IDLE = '(idle)'
/** Beginning and ending a recording is work of the thread too, but none of the system's. */
const RECORDER = 'node:inspector'

/**
 * A CPU profile as a tree of microseconds. A sample stands for the time since the one before. Waiting is left out, and so
 * is the recording itself. Throws when it is no CPU profile.
 */
export function cpuTree({ nodes, samples = [], timeDeltas = [] }: CpuProfile): CallNode {
  if (!Array.isArray(nodes) || nodes.length === 0) throw new Error('it is no CPU profile of V8')
  const byId = new Map(nodes.map(node => [node.id, node]))
  const selfOf = new Map<number, number>()
  for (const [at, id] of samples.entries()) {
    // V8 notes samples by the time they were taken, which may be out of order by a few microseconds.
    const delta = Math.max(0, timeDeltas[at] ?? 0)
    selfOf.set(id, (selfOf.get(id) ?? 0) + delta)
  }
  const root = newNode()
  const copy = (into: CallNode, ids: readonly number[] = []): void => {
    for (const id of ids) {
      const { callFrame, children } = byId.get(id)!
      if (callFrame.functionName === IDLE || callFrame.url === RECORDER) continue
      const child = childOf(into, frameOf(callFrame))
      child.self += selfOf.get(id) ?? 0
      copy(child, children)
    }
  }
  copy(root, nodes[0]!.children)
  return pruned(root)
}

/** A profile of allocations as a tree of bytes. Throws when it is none. */
export function heapTree({ head }: HeapProfile): CallNode {
  if (!head?.callFrame) throw new Error('it is no heap profile of V8')
  const root = newNode()
  const copy = (into: CallNode, nodes: readonly HeapNode[]): void => {
    for (const { callFrame, selfSize, children } of nodes) {
      if (callFrame.url === RECORDER) continue
      const child = childOf(into, frameOf(callFrame))
      child.self += selfSize
      copy(child, children)
    }
  }
  copy(root, head.children)
  return pruned(root)
}

/** Without the calls that took nothing. */
function pruned(node: CallNode): CallNode {
  for (const [key, child] of node.children) {
    pruned(child)
    if (child.self === 0 && child.children.size === 0) node.children.delete(key)
  }
  return node
}

function frameOf({ functionName, url: address, lineNumber, columnNumber }: V8Frame): Frame {
  const url = fileOf(address)
  return { name: functionName, url, line: url === '' ? 0 : lineNumber + 1, column: columnNumber + 1 }
}
