import { test } from 'node:test'
import { describeConcurrency } from './test-concurrency.ts'
import { describeConditions } from './test-conditions.ts'
import { describeFeed } from './test-feed.ts'
import { describeRecords } from './test-records.ts'
import { type Backend, type Check, startDatabase } from './test-subject.ts'

/** How many components work on a data set that can be shared. */
const REPLICAS = 4

/** What every store of the database does alike. */
export function storeContract(name: string, backend: Backend): void {
  const check: Check = (sentence, body, extra = {}) => {
    test(`${name}: ${sentence}`, async t => {
      const found = await backend(t)
      if ('missing' in found) return t.skip(found.missing)
      const settings = { records: 20, ...found.settings, ...extra }
      const count = found.shared ? REPLICAS : 1
      // All at once: each of them may be the first.
      const replicas = await Promise.all(Array.from({ length: count }, () => startDatabase(t, settings)))
      await body({ ...replicas[0]!, replicas })
    })
  }
  describeRecords(check)
  describeConditions(check)
  describeConcurrency(check)
  describeFeed(check)
}
