import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Waiting, WaitingLine } from './waiting-line.ts'

test('whoever joins and leaves, the line is what an array would be', () => {
  const step = fc.oneof(
    fc.record({ type: fc.constant('join' as const) }),
    fc.record({ type: fc.constantFrom('leave' as const, 'first' as const, 'last' as const), which: fc.nat() }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), steps => {
      const line = new WaitingLine<Waiting>()
      const model: Waiting[] = []
      for (const one of steps) {
        if (one.type === 'join') {
          const item: Waiting = { ahead: undefined, behind: undefined }
          line.join(item)
          model.push(item)
        } else if (model.length > 0) {
          const at = { leave: one.which % model.length, first: 0, last: model.length - 1 }[one.type]
          const [item] = model.splice(at, 1) as [Waiting]
          line.leave(item)
          assert.deepEqual([item.ahead, item.behind], [undefined, undefined])
        }
        assert.equal(line.size, model.length)
        assert.equal(line.first, model[0])
        assert.equal(line.last, model.at(-1))
      }
      const inOrder: Waiting[] = []
      for (let item = line.first; item; item = item.behind) inOrder.push(item)
      assert.ok(inOrder.every((item, at) => item === model[at]))
      assert.equal(inOrder.length, model.length)
    }),
  )
})
