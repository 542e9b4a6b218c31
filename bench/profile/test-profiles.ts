import type { CpuProfile } from './v8-profiles.ts'

/** A stack of functions, outermost first, each `name` or `name url:line`, and the microseconds spent in the innermost one. */
export type Stack = readonly [path: string, selfUs: number]

/** A CPU profile as V8 would write it, from stacks whose frames are joined by ` > `. */
export function cpuProfile(stacks: readonly Stack[]): CpuProfile {
  const nodes: { id: number; callFrame: CpuProfile['nodes'][number]['callFrame']; children: number[] }[] = []
  const ids = new Map<string, number>()
  const add = (text: string): number => {
    const [, name, url = '', line = '0'] = /^(\([^)]*\)|\S+)(?: (.*):(\d+))?$/.exec(text)!
    const callFrame = { functionName: name!, url, lineNumber: Number(line) - 1, columnNumber: 0 }
    nodes.push({ id: nodes.length + 1, callFrame, children: [] })
    return nodes.length
  }
  add('(root)')
  const samples: number[] = []
  const timeDeltas: number[] = []
  for (const [path, selfUs] of stacks) {
    let at = 1
    let key = ''
    for (const frame of path.split(' > ')) {
      key += `>${frame}`
      let id = ids.get(key)
      if (id === undefined) {
        id = add(frame)
        ids.set(key, id)
        nodes[at - 1]!.children.push(id)
      }
      at = id
    }
    samples.push(at)
    timeDeltas.push(selfUs)
  }
  return { nodes, samples, timeDeltas }
}
