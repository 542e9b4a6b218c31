import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CLIENTS, LIMIT } from './support/faults/fault-lab.ts'
import {
  CLOCK,
  DISK_FULL,
  HOST_ABORTS,
  HOST_KILLED,
  OWN_HOST_ABORTS,
  OWN_HOST_KILLED,
  STORE_AWAY,
} from './support/faults/lab-faults.ts'
import { dealAll } from './support/faults/matrix.ts'
import { EXITS, GROWS, PORT_TAKEN, REJECTED, SPINS, THROWN, THROWS, UNCAUGHT } from './support/faults/replica-faults.ts'
import { canSeeSockets } from './support/listening.ts'

/*
 * Every kind of fault, one after the other, in one lab under load: who noticed, which requests failed, and that none of a
 * neighbour did. `npm run faults` prints the same as a table, with times.
 */

/** What the line says that tells a fault. */
const CAUSES: Readonly<Record<string, RegExp>> = {
  [THROWS.name]: /thrown in the handler[\s\S]*sick\.ts\S*:\d+/,
  [UNCAUGHT.name]: /thrown where nobody catches/,
  [REJECTED.name]: /rejected where nobody catches/,
  [EXITS.name]: /ended with code 7/,
  [SPINS.name]: /at \S+ \(file:\S+\/sick\.ts/,
  [GROWS.name]: /heapBytes/,
  [PORT_TAKEN.name]: /ended with code 7/,
  [DISK_FULL.name]: /SQLITE_13/,
  [STORE_AWAY.name]: /ECONN|socket|closed/i,
  // With connections of callers open the server library may fail before it aborts.
  [OWN_HOST_ABORTS.name]: /"host":"apart".*(SIGABRT|SIGSEGV)/,
  [OWN_HOST_KILLED.name]: /"host":"apart".*SIGKILL/,
  [HOST_ABORTS.name]: /SIGABRT/,
  [HOST_KILLED.name]: /SIGKILL/,
}

/** How requests may fail: what was under way in the replica that died, at most one for each client. */
const UNDER_WAY = { 502: CLIENTS }
/** As many as there were until it was mended. */
const ANY = Number.POSITIVE_INFINITY
const MAY_FAIL: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  [THROWS.name]: {},
  [UNCAUGHT.name]: UNDER_WAY,
  [REJECTED.name]: UNDER_WAY,
  [EXITS.name]: UNDER_WAY,
  [SPINS.name]: UNDER_WAY,
  // It is alone: until it is back, nobody is up.
  [GROWS.name]: { 502: CLIENTS, 503: ANY },
  [PORT_TAKEN.name]: UNDER_WAY,
  [CLOCK.name]: {},
  [DISK_FULL.name]: { 503: ANY },
  [STORE_AWAY.name]: { 503: ANY },
  // Refused until the edge hears of it, 502; from then on nobody is up, 503. Nobody waits for its own time to be over.
  [OWN_HOST_ABORTS.name]: { 502: ANY, 503: ANY },
  [OWN_HOST_KILLED.name]: { 502: ANY, 503: ANY },
  [HOST_ABORTS.name]: { lost: ANY },
  [HOST_KILLED.name]: { lost: ANY },
}

/** Their neighbours live in the same process. */
const TAKE_THE_HOST = [HOST_ABORTS.name, HOST_KILLED.name]

test('Faults of every kind are noticed, cost what was under way and no request of a neighbour, and are mended', {
  skip: !canSeeSockets && 'the system does not tell which processes are left',
}, async t => {
  const { outcomes, leftOut, received, ofNeighbours, status, log, supervisor } = await dealAll(t)
  for (const [fault, reason] of Object.entries(leftOut)) t.diagnostic(`${fault}: left out, ${reason}`)

  for (const { fault, notice, struck, load, neighbours } of outcomes) {
    await t.test(fault, () => {
      const cause = CAUSES[fault]
      if (cause) assert.match(JSON.stringify(notice!.fields), cause)
      if (struck !== undefined) assert.ok(['lost', '200', '500'].includes(struck), struck)
      for (const [outcome, count] of Object.entries(load.failed)) {
        assert.ok(count <= (MAY_FAIL[fault]![outcome] ?? 0), `${count} times ${outcome}`)
      }
      if (!TAKE_THE_HOST.includes(fault)) assert.deepEqual(neighbours.failed, {})
    })
  }

  await t.test('what clients got is what the edge has counted, and no count was lost with a replica', () => {
    const { edge, sick, neighbour, worker } = status.components
    assert.deepEqual(edge!.statuses, received)
    assert.deepEqual(Object.keys(ofNeighbours), ['200'])
    assert.deepEqual(neighbour!.statuses, { 200: ofNeighbours[200]! + LIMIT }, 'and every call was answered once')
    assert.equal(sick!.statuses[500], THROWN)
    assert.equal(sick!.faults, THROWN)
    assert.equal(log.filter(({ event }) => event === 'handler-threw').length, 1, 'it is logged once')
    assert.equal(worker!.counters.submitted, received[202], 'a task is accepted when the client is told so')
    const restarts = Object.values(sick!.replicas).map(one => one.restarts)
    assert.deepEqual(restarts.slice(0, 4), [1, 1, 1, 1])
    for (const { replicas } of [edge!, neighbour!, worker!]) {
      for (const one of Object.values(replicas)) assert.equal(one.restarts, 0)
    }
  })

  await t.test('SIGKILL of the supervisor leaves no process and no port behind', () => {
    assert.deepEqual(supervisor.taken, [])
  })
})
