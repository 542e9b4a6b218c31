import { balancedTree } from '@archlab/runtime/whole-lab'

/** How the replicas of the tree are spread over threads, in the words of a topology. */
export type Threads = 'per-replica' | number

/** What a tree has to be like. */
export interface TreePlan {
  readonly components: number
  /** Components that an inner one calls. */
  readonly fanOut: number
  readonly threads: Threads
  /** Of the root; no other component listens. */
  readonly port: number
}

/**
 * A balanced tree of services. `GET /all` goes to every one of them: each calls its children in parallel. `GET /path` goes
 * from the root through the first child of each down to a leaf.
 */
export function treeTopology({ components, fanOut, threads, port }: TreePlan): string {
  const services = balancedTree(components, fanOut).map(({ name, children }) => {
    const lines = [`  ${name}:`, '    kind: service']
    if (name === 'n0') lines.push(`    port: ${port}`)
    if (children.length > 0) {
      const calls = children.map(child => `{ call: ${child}, request: GET /all }`)
      lines.push('    endpoints:', `      GET /all: [ { parallel: [ ${calls.join(', ')} ] } ]`)
      lines.push(`      GET /path: [ { call: ${children[0]}, request: GET /path } ]`)
    }
    return lines.join('\n')
  })
  return `name: bench-tree\nthreads: ${threads}\ncomponents:\n${services.join('\n')}\n`
}

/** The components that `GET /path` goes through, root and leaf included. */
export function pathOf({ components, fanOut }: Pick<TreePlan, 'components' | 'fanOut'>): string[] {
  const nodes = balancedTree(components, fanOut)
  const names: string[] = []
  for (let name: string | undefined = 'n0'; name !== undefined; ) {
    names.push(name)
    name = nodes[Number(name.slice(1))]!.children[0]
  }
  return names
}
