import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { busy, status, tactic } from '../test-figures.ts'
import { ComponentTimelines } from './component-timelines.ts'

test('each step has what was counted since the look before; what was there before the run is left out', () => {
  const timelines = new ComponentTimelines(status({ edge: { statuses: { 200: 100, 429: 5 } } }))
  timelines.add(0, status({ edge: { statuses: { 200: 110, 429: 5 } } }))
  timelines.add(1, status({ edge: { statuses: { 200: 110, 429: 9 } } }))
  timelines.add(2, status({ edge: { statuses: { 200: 117, 429: 9 } } }))
  assert.deepEqual(timelines.finish(3).edge!.statuses, { 200: [10, 0, 7], 429: [0, 4, 0] })
})

test('a look that was left out, or came late, moves its counts to a step and loses none', () => {
  const looks = fc.array(fc.record({ skip: fc.nat(3), rises: fc.nat(50) }), { maxLength: 20 })
  fc.assert(
    fc.property(looks, fc.integer({ min: 1, max: 12 }), (list, steps) => {
      const timelines = new ComponentTimelines(status({ edge: {} }))
      let [step, total] = [0, 0]
      for (const { skip, rises } of list) {
        total += rises
        timelines.add(step, status({ edge: { statuses: total > 0 ? { 200: total } : {} } }))
        step += skip
      }
      const row = timelines.finish(steps).edge?.statuses['200'] ?? []
      assert.equal(
        row.reduce((sum, value) => sum + value, 0),
        total,
      )
      assert.ok(row.length === steps || total === 0)
    }),
  )
})

test('counts that fall have begun anew, and are taken as they are', () => {
  const timelines = new ComponentTimelines(status({ edge: { statuses: { 200: 100 } } }))
  timelines.add(0, status({ edge: { statuses: { 200: 3 } } }))
  assert.deepEqual(timelines.finish(1).edge!.statuses, { 200: [3] })
})

test('decisions of tactics rise step by step, by the address of the tactic', () => {
  const at = 'components.edge.tactics.limit'
  const timelines = new ComponentTimelines(status({ edge: { tactics: [tactic(at, { allowed: 1, rejected: 0 })] } }))
  timelines.add(0, status({ edge: { tactics: [tactic(at, { allowed: 4, rejected: 0 })] } }))
  timelines.add(1, status({ edge: { tactics: [tactic(at, { allowed: 5, rejected: 2 })] } }))
  assert.deepEqual(timelines.finish(2).edge!.decisions, { [at]: { allowed: [3, 1], rejected: [0, 2] } })
})

test('a component is as busy as its busiest replica; all that wait at it or its tactics are its queue', () => {
  const timelines = new ComponentTimelines(status({ edge: {}, quiet: {} }))
  const replicas = { 'edge/0': busy(0.25), 'edge/1': busy(0.75) }
  const tactics = [tactic('components.edge.tactics.room', {}, { waiting: 4, running: 9 })]
  timelines.add(1, status({ edge: { replicas, tactics, gauges: { queue_length: 2, utilisation: 1 } }, quiet: {} }))
  const { edge, quiet } = timelines.finish(3)
  assert.deepEqual(
    [edge!.utilisation, edge!.queueLength],
    [
      [null, 0.75, null],
      [null, 6, null],
    ],
  )
  assert.deepEqual(
    [quiet!.utilisation, quiet!.queueLength],
    [
      [null, null, null],
      [null, null, null],
    ],
  )
})

test('the last look, at a lab that has ended, counts and says nothing about how busy it was', () => {
  const timelines = new ComponentTimelines(status({ edge: {} }))
  timelines.add(0, status({ edge: { statuses: { 200: 1 }, replicas: { 'edge/0': busy(0.5) } } }))
  timelines.add(0, status({ edge: { statuses: { 200: 3 }, replicas: { 'edge/0': busy(0) } } }), true)
  const { statuses, utilisation } = timelines.finish(1).edge!
  assert.deepEqual([statuses, utilisation], [{ 200: [3] }, [0.5]])
})
