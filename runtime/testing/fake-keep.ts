import { isDeepStrictEqual } from 'node:util'
import { type Keep, Scope } from '../kit/index.ts'

interface Kept {
  readonly identity: unknown
  readonly made: unknown
  readonly scope: Scope
}

/** What the module under test keeps beyond an edit of its settings; the module after the edit takes it over from `before`. */
export class FakeKeep {
  readonly #before: FakeKeep | undefined
  readonly #kept = new Map<string, Kept>()

  constructor(before?: FakeKeep) {
    this.#before = before
  }

  readonly keep: Keep = (name, identity, make) => {
    if (this.#kept.has(name)) throw new Error(`${name} is asked for twice`)
    const before = this.#before
    const known = before ? before.#kept.get(name) : undefined
    if (known && isDeepStrictEqual(known.identity, identity)) {
      before?.release(name)
      this.#kept.set(name, known)
      return known.made as ReturnType<typeof make>
    }
    const scope = new Scope()
    const made = make(scope)
    this.#kept.set(name, { identity, made, scope })
    return made
  }

  /** Another one keeps it from now on. */
  release(name: string): void {
    this.#kept.delete(name)
  }

  /** Closes what nobody has taken over. */
  async close(): Promise<void> {
    for (const { scope } of this.#kept.values()) await scope.close()
  }
}
