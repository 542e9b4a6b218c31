import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { WireError } from '../kit/index.ts'
import type { ReplicaBirth } from '../protocol.ts'
import { type Resident, Thread } from './thread.ts'

class FakeResident implements Resident {
  readonly birth: ReplicaBirth
  readonly lostTo: WireError[] = []

  constructor(replica: string) {
    // A function cannot cross threads: the system's refusal of another thread comes the same way, as an exception.
    this.birth = { plan: { replica, refused: () => {} } } as unknown as ReplicaBirth
  }
  hear(): void {}
  lost(error: WireError): void {
    this.lostTo.push(error)
  }
}

test('a thread that the system refuses is told like one that has died, with a way out', async () => {
  const died: [readonly FakeResident[], WireError][] = []
  const plan = { thread: 'thread-0', replicas: ['a/0', 'b/0'], heapLimitBytes: null, hangLimitMs: 1000 }
  const thread = new Thread<FakeResident>(plan, { died: (_, residents, error) => died.push([residents, error]) })
  const residents = [new FakeResident('a/0'), new FakeResident('b/0')]
  thread.admit(residents)
  assert.equal(died.length, 0, 'not before the caller has gone on')
  await thread.settled()
  assert.equal(died.length, 1)
  const [gone, error] = died[0]!
  assert.deepEqual(gone, residents)
  assert.match(error.message, /could not be cloned/)
  assert.match(String(error.hint), /threads: 4/)
  for (const resident of residents) {
    assert.deepEqual(resident.lostTo, [error])
    assert.equal(thread.houses(resident), false)
  }
  assert.equal(thread.utilisation(), 0)
})

test('what is told to one that does not live in a thread is lost, and it cannot leave it', async () => {
  const plan = { thread: 'thread-0', replicas: [], heapLimitBytes: null, hangLimitMs: 1000 }
  const thread = new Thread<FakeResident>(plan, { died: () => assert.fail('nobody lived there') })
  const stranger = new FakeResident('a/0')
  thread.tell(stranger, { type: 'close' })
  await thread.leave(stranger)
  await thread.terminate()
  assert.equal(thread.houses(stranger), false)
  assert.deepEqual(stranger.lostTo, [])
})
