import { isDeepStrictEqual } from 'node:util'
import type { Keep, Scope } from '../kit/index.ts'

/** Something that was made for one place: a component's handler, a tactic, the core of a link, or what one of these keeps. */
interface Piece {
  /** Plain data: made again only when it differs. */
  readonly identity: unknown
  readonly made: unknown
  /** What it has opened. */
  readonly scope: Scope
  /** Addresses of what it keeps beyond its own end, as long as the piece that takes its place wants it. */
  readonly keeps: readonly string[]
}

/** What a piece that is being made has for itself. */
export interface Own {
  readonly scope: Scope
  /** To be called while it is being made. */
  readonly keep: Keep
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

  /** `anew`: nothing of what is there is taken over. */
  change(anew = false): Change {
    const known = anew ? NOTHING : this.#pieces
    return new Change({ before: this.#pieces, known }, this.#scope, pieces => {
      this.#pieces = pieces
    })
  }
}

const NOTHING: ReadonlyMap<string, Piece> = new Map()

/** A change under way: pieces are asked for one by one, then comes the one of `commit` and `drop`. */
export class Change {
  readonly #before: ReadonlyMap<string, Piece>
  /** Those that may stay as they are. */
  readonly #known: ReadonlyMap<string, Piece>
  readonly #after = new Map<string, Piece>()
  readonly #scope: Scope
  readonly #put: (pieces: ReadonlyMap<string, Piece>) => void
  /** Of what was made for this change, also where the making failed. */
  readonly #scopes: Scope[] = []
  readonly #commits: (() => void)[] = []

  constructor(
    { before, known }: { before: ReadonlyMap<string, Piece>; known: ReadonlyMap<string, Piece> },
    scope: Scope,
    put: (pieces: ReadonlyMap<string, Piece>) => void,
  ) {
    this.#before = before
    this.#known = known
    this.#scope = scope
    this.#put = put
  }

  /** The piece at `address`: the one that is there when it has the same identity, else a new one. */
  async piece<T>(address: string, identity: unknown, make: (own: Own) => T | Promise<T>): Promise<T> {
    const known = this.#sameAs(address, identity)
    if (known) {
      for (const kept of known.keeps) this.#after.set(kept, this.#before.get(kept)!)
      this.#after.set(address, known)
      return known.made as T
    }
    const scope = this.#newScope()
    const keeper = new Keeper(address, this)
    const made = await make({ scope, keep: keeper.keep })
    this.#after.set(address, { identity, made, scope, keeps: keeper.end() })
    return made
  }

  /** For what a piece keeps: the same, at an address of its own. */
  kept<T>(address: string, identity: unknown, make: (scope: Scope) => T): T {
    const known = this.#sameAs(address, identity)
    if (known) {
      this.#after.set(address, known)
      return known.made as T
    }
    const scope = this.#newScope()
    const made = make(scope)
    this.#after.set(address, { identity, made, scope, keeps: [] })
    return made
  }

  #sameAs(address: string, identity: unknown): Piece | undefined {
    const known = this.#known.get(address)
    return known && isDeepStrictEqual(known.identity, identity) ? known : undefined
  }

  #newScope(): Scope {
    const scope = this.#scope.child()
    this.#scopes.push(scope)
    return scope
  }

  /** What is to happen when everything has been made. Must not throw. */
  onCommit(action: () => void): void {
    this.#commits.push(action)
  }

  /**
   * Puts the pieces in their places. Returns the scopes of those that were replaced or are not wanted any more, each before
   * what it kept.
   */
  commit(): Scope[] {
    for (const action of this.#commits) action()
    this.#put(this.#after)
    const gone = [...this.#before].flatMap(([address, old]) => (this.#after.get(address) === old ? [] : [old.scope]))
    return gone.reverse()
  }

  /** Nothing changes: closes what was made in vain. */
  async drop(): Promise<void> {
    await Promise.allSettled(this.#scopes.map(scope => scope.close()))
  }
}

/**
 * Keeps things for a piece as long as that is being made. Modules hold on to it for longer, and must not hold on to the change with
 * it, which knows the pieces before.
 */
class Keeper {
  readonly #address: string
  readonly #keeps: string[] = []
  #change: Change | null

  constructor(address: string, change: Change) {
    this.#address = address
    this.#change = change
  }

  readonly keep: Keep = (name, identity, make) => {
    const address = `${this.#address}#${name}`
    if (!this.#change) throw new Error(`${address} is asked for too late`)
    if (this.#keeps.includes(address)) throw new Error(`${address} is asked for twice`)
    this.#keeps.push(address)
    return this.#change.kept(address, identity, make)
  }

  /** The piece has been made; the addresses of what it keeps. */
  end(): readonly string[] {
    this.#change = null
    return this.#keeps
  }
}
