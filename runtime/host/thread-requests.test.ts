import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toWire } from '../kit/index.ts'
import { ThreadRequests } from './thread-requests.ts'

const NEVER_MS = 1_000_000

test('each answer reaches who asked, whatever the order', async () => {
  const requests = new ThreadRequests(NEVER_MS)
  const ids: number[] = []
  const [first, second] = [requests.ask(id => ids.push(id)), requests.ask(id => ids.push(id))]
  assert.equal(requests.isWaiting, true)
  requests.answered(ids[1]!, toWire(new Error('busy')))
  requests.answered(ids[0]!, undefined)
  assert.equal(await first, undefined)
  assert.equal((await second)?.message, 'busy')
  assert.equal(requests.isWaiting, false)
})

test('a thread that ends, or does not answer in time, leaves nobody waiting', async () => {
  const requests = new ThreadRequests(NEVER_MS)
  const lost = requests.ask(() => {})
  requests.lost(toWire(new Error('it has gone')))
  assert.equal((await lost)?.message, 'it has gone')
  const hasty = new ThreadRequests(1)
  assert.match((await hasty.ask(() => {}))?.message ?? '', /did not answer/)
  assert.equal(hasty.isWaiting, false)
})
