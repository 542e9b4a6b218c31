import { isDeepStrictEqual } from 'node:util'
import type { Scope } from '../kit/index.ts'

/** Something that was made for one place: a component's handler, a tactic, the core of a link. */
interface Piece {
  /** Plain data: made again only when it differs. */
  readonly identity: unknown
  readonly made: unknown
  /** What it has opened. */
  readonly scope: Scope
}

/**
 * What a replica is made of, by address. An edit makes the pieces that differ beside the old ones, keeps the others with
 * their state, and puts everything in its place at once or not at all.
 */
export class Pieces {
  readonly #scope: Scope
  #pieces: ReadonlyMap<string, Piece> = new Map()

  /** `scope` is the replica's: pieces close with it. */
  constructor(scope: Scope) {
    this.#scope = scope
  }

  change(): Change {
    return new Change(this.#pieces, this.#scope, pieces => {
      this.#pieces = pieces
    })
  }
}

/** A change under way: pieces are asked for one by one, then comes the one of `commit` and `drop`. */
export class Change {
  readonly #before: ReadonlyMap<string, Piece>
  readonly #after = new Map<string, Piece>()
  readonly #scope: Scope
  readonly #put: (pieces: ReadonlyMap<string, Piece>) => void
  /** Of what was made for this change, also where the making failed. */
  readonly #scopes: Scope[] = []
  readonly #commits: (() => void)[] = []

  constructor(before: ReadonlyMap<string, Piece>, scope: Scope, put: (pieces: ReadonlyMap<string, Piece>) => void) {
    this.#before = before
    this.#scope = scope
    this.#put = put
  }

  /** The piece at `address`: the one that is there when it has the same identity, else a new one. */
  async piece<T>(address: string, identity: unknown, make: (scope: Scope) => T | Promise<T>): Promise<T> {
    const known = this.#before.get(address)
    if (known && isDeepStrictEqual(known.identity, identity)) {
      this.#after.set(address, known)
      return known.made as T
    }
    const scope = this.#scope.child()
    this.#scopes.push(scope)
    const made = await make(scope)
    this.#after.set(address, { identity, made, scope })
    return made
  }

  /** What is to happen when everything has been made. Must not throw. */
  onCommit(action: () => void): void {
    this.#commits.push(action)
  }

  /** Puts the pieces in their places. Returns the scopes of those that were replaced or are not wanted any more. */
  commit(): Scope[] {
    for (const action of this.#commits) action()
    this.#put(this.#after)
    return [...this.#before].flatMap(([address, old]) => (this.#after.get(address) === old ? [] : [old.scope]))
  }

  /** Nothing changes: closes what was made in vain. */
  async drop(): Promise<void> {
    await Promise.allSettled(this.#scopes.map(scope => scope.close()))
  }
}
