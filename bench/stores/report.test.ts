import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cases } from './cases.ts'
import { measureGroup, type StoresMeasured } from './measure.ts'
import { formatStores, summariseStores } from './report.ts'
import { KEYS, keyAt, Missing, type Operations, type StoreCase } from './store-case.ts'

// The database that the project's other tests use.
process.env.POSTGRES_URL ??= 'postgres://postgres@127.0.0.1:5432/test'

const PLAN = { concurrency: 4, durationMs: 5, warmupMs: 1, rounds: 3 }
const quiet = (): void => {}

const storeCase = (how: string, operations: Partial<Operations> | Missing): StoreCase => ({
  group: 'g',
  store: 's',
  how,
  async open() {
    if (operations instanceof Missing) throw operations
    return { run() {}, async close() {}, ...operations }
  },
})

for (const one of cases) {
  test(`${one.group}, ${one.store}, ${one.how}: it runs and leaves nothing open`, async t => {
    let operations: Operations
    try {
      operations = await one.open()
    } catch (error) {
      if (error instanceof Missing) return t.skip(error.message)
      throw error
    }
    try {
      await Promise.all(Array.from({ length: 20 }, (_, at) => operations.run(at)))
    } finally {
      await operations.close()
    }
  })
}

test('the order of keys goes over all of them', () => {
  assert.equal(new Set(Array.from({ length: KEYS }, (_, at) => keyAt(at))).size, KEYS)
})

test('cases are measured in turn, each first once in as many rounds, and closed at last', async () => {
  const order: string[] = []
  const closed: string[] = []
  const group = ['a', 'b', 'c'].map(how =>
    storeCase(how, {
      async run() {
        if (order.at(-1) !== how) order.push(how)
        await new Promise(resolve => setImmediate(resolve))
      },
      close: async () => void closed.push(how),
    }),
  )
  const measured = await measureGroup(group, PLAN, quiet)
  assert.equal(order.join(''), 'abcbcacab')
  assert.deepEqual(closed, ['a', 'b', 'c'])
  for (const { perSecond } of measured) assert.ok(perSecond.length === 3 && perSecond.every(value => value > 0))
})

test('no more operations are under way than were asked for', async () => {
  let underWay = 0
  let most = 0
  const run = async (): Promise<void> => {
    most = Math.max(most, ++underWay)
    await new Promise(resolve => setImmediate(resolve))
    underWay -= 1
  }
  await measureGroup([storeCase('a', { run })], PLAN, quiet)
  assert.equal(most, 4)
})

test('a store that is not there is told, one that fails ends the measurement and the others are closed', async () => {
  const [there, away] = await measureGroup([storeCase('a', {}), storeCase('b', new Missing('not here'))], PLAN, quiet)
  assert.deepEqual([there!.missing, away!.missing, away!.perSecond], [undefined, 'not here', []])
  let closed = false
  const good = storeCase('a', {
    close: async () => {
      closed = true
    },
  })
  const bad = storeCase('b', {
    run() {
      throw new Error('wrong')
    },
  })
  await assert.rejects(measureGroup([good, bad], PLAN, quiet), /wrong/)
  assert.equal(closed, true)
})

test('the component is compared with the driver of its store, round by round', () => {
  const measured = (store: string, how: string, perSecond: number[]): StoresMeasured => ({
    case: { ...storeCase(how, {}), store },
    perSecond,
    missing: undefined,
  })
  const rows = summariseStores([
    measured('s', 'component', [50, 100]),
    measured('s', 'driver', [100, 400]),
    measured('other', 'driver', [1, 1]),
    { ...measured('gone', 'component', []), missing: 'not here' },
  ])
  assert.deepEqual(rows[0]!.ratios, { driver: { median: 0.375, min: 0.25, max: 0.5 } })
  assert.deepEqual(rows[1]!.ratios, {})
  const table = formatStores(rows)
  assert.match(table, /^g +s +component +75 +50\.\.100 +driver 0\.38 \(0\.25\.\.0\.50\)$/m)
  assert.match(table, /^g +gone +component +- +- +not here$/m)
})

test('a component is compared with what promises the same on another store, and with nothing that promises less', () => {
  const measured = (store: string, how: string, survives: string): StoresMeasured => ({
    case: { ...storeCase(how, {}), store, survives },
    perSecond: [1],
    missing: undefined,
  })
  const [component] = summariseStores([
    measured('here', 'component', 'power cut'),
    measured('there', 'safe', 'power cut'),
    measured('there', 'hasty', 'nothing'),
  ])
  assert.deepEqual(Object.keys(component!.ratios), ['safe'])
})
