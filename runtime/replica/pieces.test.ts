import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Scope } from '../kit/index.ts'
import { Pieces } from './pieces.ts'

/** Makes pieces by address and identity, and notes which were made and closed. */
function workshop() {
  const scope = new Scope()
  const pieces = new Pieces(scope)
  const made: string[] = []
  const closed: string[] = []
  const edit = async (wanted: Readonly<Record<string, string>>) => {
    const change = pieces.change()
    const values: Record<string, unknown> = {}
    for (const [address, identity] of Object.entries(wanted)) {
      values[address] = await change.piece(address, { identity }, own => {
        made.push(identity)
        own.defer(() => void closed.push(identity))
        if (identity.startsWith('bad')) throw new Error(identity)
        return { identity }
      })
    }
    return { change, values }
  }
  return { scope, made, closed, edit }
}

test('a piece with the same identity stays the same object; one with another is made anew and the old one handed out', async () => {
  const { made, closed, edit } = workshop()
  const first = await edit({ a: 'a1', b: 'b1' })
  assert.deepEqual(first.change.commit(), [])
  const second = await edit({ a: 'a1', b: 'b2' })
  assert.equal(second.values.a, first.values.a)
  assert.notEqual(second.values.b, first.values.b)
  const replaced = second.change.commit()
  assert.deepEqual([made, closed], [['a1', 'b1', 'b2'], []], 'nothing is closed before its last request')
  for (const scope of replaced) await scope.close()
  assert.deepEqual(closed, ['b1'])
})

test('what an edit does not ask for any more is handed out to be closed', async () => {
  const { closed, edit } = workshop()
  ;(await edit({ a: 'a1', b: 'b1' })).change.commit()
  for (const scope of (await edit({ a: 'a1' })).change.commit()) await scope.close()
  assert.deepEqual(closed, ['b1'])
})

test('an edit that fails half-way leaves the old pieces and closes the new ones, the one that failed included', async () => {
  const { made, closed, edit } = workshop()
  const first = await edit({ a: 'a1', b: 'b1' })
  first.change.commit()
  const change = edit({ a: 'a2', b: 'bad' })
  await assert.rejects(change, /bad/)
  assert.deepEqual(made, ['a1', 'b1', 'a2', 'bad'])
  assert.deepEqual(closed, [])
  const third = await edit({ a: 'a1', b: 'b1' })
  assert.equal(third.values.a, first.values.a)
  await third.change.drop()
  assert.deepEqual(closed, [], 'nothing of it was new')
})

test('pieces close with their replica, each once', async () => {
  const { scope, closed, edit } = workshop()
  ;(await edit({ a: 'a1' })).change.commit()
  for (const old of (await edit({ a: 'a2' })).change.commit()) await old.close()
  await scope.close()
  assert.deepEqual(closed, ['a1', 'a2'])
})
