/** Whoever can be in a crowd; its place lies in it, -1 while it is in none. */
export interface Member {
  place: number
}

/** A set whose members know their place: adding and removing one costs the same however many there are, and no memory. */
export class Crowd<One extends Member> {
  #members: One[] = []

  add(one: One): void {
    one.place = this.#members.length
    this.#members.push(one)
  }

  /** Takes a member out; one that is in no crowd is left alone. */
  remove(one: One): void {
    const { place } = one
    if (place < 0) return
    const last = this.#members.pop()!
    if (last !== one) {
      this.#members[place] = last
      last.place = place
    }
    one.place = -1
  }

  /** Takes all out. */
  takeAll(): One[] {
    const members = this.#members
    this.#members = []
    for (const one of members) one.place = -1
    return members
  }
}
