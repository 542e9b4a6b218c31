import { seededRandom } from '@archlab/runtime/kit'

/** The message that a new database holds. */
export const MESSAGE = 'Fetched fresh data from DB'

/** A record of a new database. */
export interface SeedRecord {
  readonly id: string
  readonly body: string
}

const WORDS = ['copper', 'linen', 'walnut', 'basalt', 'saffron', 'cobalt', 'willow', 'amber'] as const
const THINGS = ['kettle', 'lamp', 'notebook', 'chair', 'scarf', 'clock', 'basket', 'mirror'] as const

/** The products of a small shop, with the ids 1 to `count`: the same for every store, at every start. */
export function seedRecords(count: number): SeedRecord[] {
  const random = seededRandom('records')
  const pick = <Item>(list: readonly Item[]): Item => list[Math.floor(random.next() * list.length)]!
  return Array.from({ length: count }, (_, at) => {
    const name = `${pick(WORDS)} ${pick(THINGS)}`
    const price = Math.round(100 + random.next() * 9900) / 100
    const stock = Math.floor(random.next() * 100)
    return { id: String(at + 1), body: JSON.stringify({ name, price, stock }) }
  })
}
