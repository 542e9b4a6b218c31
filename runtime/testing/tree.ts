/** A component of a generated tree. */
export interface TreeNode {
  /** `n0` for the root; its children are `n1`, `n2` and so on, level by level. */
  readonly name: string
  /** 0 for the root. */
  readonly depth: number
  readonly children: readonly string[]
}

/**
 * A tree of `count` nodes, each with `fanOut` children as long as there are nodes left: balanced, for it is filled level by
 * level. In the order of the names.
 */
export function balancedTree(count: number, fanOut: number): TreeNode[] {
  const nodes: TreeNode[] = []
  let depth = 0
  let levelEnd = 1
  for (let index = 0; index < count; index++) {
    if (index === levelEnd) {
      depth += 1
      levelEnd = fanOut * levelEnd + 1
    }
    const first = fanOut * index + 1
    const last = Math.min(count, first + fanOut)
    const children = Array.from({ length: Math.max(0, last - first) }, (_, child) => `n${first + child}`)
    nodes.push({ name: `n${index}`, depth, children })
  }
  return nodes
}
