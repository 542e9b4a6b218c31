import { didYouMean } from '../topology/did-you-mean.ts'
import { checkCycles } from '../topology/resolve/graph.ts'
import type { Edge } from '../topology/resolve/links.ts'
import type { Names } from './names.ts'
import type { At, Reader } from './reader.ts'

/** Who calls whom in a foreign file, under the names that it uses. */
export class Calls {
  #reader: Reader
  #names: Names
  #edges: Edge[] = []

  constructor(reader: Reader, names: Names) {
    this.#reader = reader
    this.#names = names
  }

  /** The component that a call reaches; `undefined`, after a problem, when there is no such service. */
  resolve(caller: string, callee: string, at: At): string | undefined {
    const name = this.#names.get(callee)
    if (name === undefined) {
      const hint = didYouMean(callee, this.#names.sources)
      return this.#reader.error('IMPORT_UNKNOWN_SERVICE', at, `no service is called "${callee}"`, hint)
    }
    this.#edges.push({ from: caller, to: callee, span: at.span, path: at.path })
    return name
  }

  /** Reports every cycle, which no topology may have. */
  checkCycles(): void {
    checkCycles(this.#reader.problems, this.#names.sources, this.#edges)
  }
}
