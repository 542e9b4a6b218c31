import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '@archlab/runtime/testing'
import { status } from '../test-figures.ts'
import { Sampler } from './sampler.ts'

/** A lab that has counted one reply more at every look; the n-th look (from 1) may be made to fail. */
async function sampled(failing: readonly number[] = []) {
  const clock = new FakeClock(0)
  const looks: number[] = []
  const read = async () => {
    looks.push(clock.nowMs())
    if (failing.includes(looks.length)) throw new Error('no answer')
    return status({ edge: { statuses: { 200: looks.length } } })
  }
  const sampler = await Sampler.begin({ read, clock, stepMs: 1000 })
  return { clock, looks, sampler }
}

test('it looks at the end of every step of the run, whenever it is told of the start', async () => {
  const { clock, looks, sampler } = await sampled()
  await clock.advance(300)
  sampler.alignTo(350)
  sampler.alignTo(9999)
  await clock.advance(3500)
  await sampler.stop()
  await clock.advance(3000)
  assert.deepEqual(looks, [0, 1350, 2350, 3350])
  assert.equal(clock.pending, 0)
  assert.deepEqual(sampler.timelines.finish(4).edge!.statuses, { 200: [1, 1, 1, 0] })
})

test('a look without an answer is made up for by the next one', async () => {
  const { clock, sampler } = await sampled([3])
  sampler.alignTo(0)
  await clock.advance(3000)
  await sampler.stop()
  assert.equal(sampler.missed, 1)
  assert.deepEqual(sampler.timelines.finish(3).edge!.statuses, { 200: [1, 0, 2] })
})

test('a lab that does not answer the first time is no lab to load', async () => {
  await assert.rejects(sampled([1]), /no answer/)
})

test('the last counts fall into the last step, or later ones that were seen', async () => {
  const { clock, sampler } = await sampled()
  sampler.alignTo(0)
  await clock.advance(1000)
  await sampler.stop()
  sampler.conclude(status({ edge: { statuses: { 200: 10 } } }), 3)
  assert.deepEqual(sampler.timelines.finish(3).edge!.statuses, { 200: [1, 0, 8] })
})

test('whoever listens is told every answer', async () => {
  const { clock, sampler } = await sampled([2])
  const seen: number[] = []
  sampler.onLook(({ components }) => seen.push(components.edge!.statuses['200']!))
  sampler.alignTo(0)
  await clock.advance(3000)
  await sampler.stop()
  assert.deepEqual(seen, [3, 4])
  assert.equal(sampler.latest.components.edge!.statuses['200'], 4)
})

test('a lab that never answers holds nothing up', async () => {
  const clock = new FakeClock(0)
  let answers = true
  const read = () => (answers ? Promise.resolve(status({})) : new Promise<never>(() => {}))
  const sampler = await Sampler.begin({ read, clock, stepMs: 1000 })
  answers = false
  sampler.alignTo(0)
  await clock.advance(1000)
  const stopped = sampler.stop()
  await clock.advance(5000)
  await stopped
  assert.deepEqual([sampler.missed, clock.pending], [1, 0])
})
