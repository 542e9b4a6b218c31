import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { HostWatch } from './host-watch.ts'

function watched(t: TestContext, answers: () => boolean): { look: (nowMs: number) => void; silences: number[] } {
  const silences: number[] = []
  const watch: HostWatch = new HostWatch(
    () => {
      if (answers()) queueMicrotask(() => watch.heard())
    },
    silentMs => void silences.push(silentMs),
    0,
  )
  t.after(() => watch.close())
  return { look: nowMs => watch.look(nowMs), silences }
}

test('a host that answers is left alone; one that stops is told after five seconds', async t => {
  let answers = true
  const { look, silences } = watched(t, () => answers)
  for (let second = 1; second <= 60; second++) {
    look(second * 1000)
    await Promise.resolve()
  }
  assert.deepEqual(silences, [])
  answers = false
  for (let second = 61; second <= 65; second++) look(second * 1000)
  assert.deepEqual(silences, [])
  look(66_000)
  assert.deepEqual(silences, [5000])
})

test('time in which the supervisor itself was not awake counts for nothing', t => {
  const { look, silences } = watched(t, () => false)
  for (let second = 1; second <= 5; second++) look(second * 1000)
  look(3_600_000)
  assert.deepEqual(silences, [])
})
