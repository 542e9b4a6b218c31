import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { BackOff } from './back-off.ts'

test('the waiting time doubles up to ten seconds, by subject, and begins anew after a minute without a failure', t => {
  let nowMs = 0
  const backOff = new BackOff(() => nowMs)
  t.after(() => backOff.close())
  const fail = (subject: string): number => backOff.run(subject, () => {})
  assert.deepEqual(
    Array.from({ length: 9 }, () => fail('a')),
    [100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000],
  )
  assert.equal(fail('b'), 100)
  assert.deepEqual([backOff.isLooping('a'), backOff.isLooping('b'), backOff.isLooping('c')], [true, false, false])
  nowMs += 59_999
  assert.equal(fail('a'), 10_000)
  nowMs += 60_000
  assert.equal(fail('a'), 100)
  assert.deepEqual([fail('a'), backOff.isLooping('a'), fail('a'), backOff.isLooping('a')], [200, false, 400, true])
})

test('what has failed is tried again, unless it is closed before', async () => {
  const tried: string[] = []
  const backOff = new BackOff()
  await new Promise<void>(resolve => {
    backOff.run('a', () => {
      tried.push('a')
      resolve()
    })
  })
  backOff.run('b', () => tried.push('b'))
  backOff.close()
  await sleep(150)
  assert.deepEqual(tried, ['a'])
})
