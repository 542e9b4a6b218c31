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
  const edit = async (wanted: Readonly<Record<string, string>>, anew = false) => {
    const change = pieces.change(anew)
    const values: Record<string, unknown> = {}
    for (const [address, identity] of Object.entries(wanted)) {
      values[address] = await change.piece(address, { identity }, ({ scope: own }) => {
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

test('of a change that makes everything anew nothing stays, whatever its identity', async () => {
  const { made, closed, edit } = workshop()
  const first = await edit({ a: 'a1', b: 'b1' })
  first.change.commit()
  const second = await edit({ a: 'a1', b: 'b1' }, true)
  assert.notEqual(second.values.a, first.values.a)
  for (const scope of second.change.commit()) await scope.close()
  assert.deepEqual(
    [made, closed],
    [
      ['a1', 'b1', 'a1', 'b1'],
      ['b1', 'a1'],
    ],
  )
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

/** A place with one piece that keeps one thing; `edit` resolves to that thing, and to the change. */
function keeper() {
  const pieces = new Pieces(new Scope())
  const closed: string[] = []
  const edit = async (identity: string, table: string | undefined) => {
    const change = pieces.change()
    const kept = await change.piece('place', { identity }, ({ scope, keep }) => {
      scope.defer(() => void closed.push(identity))
      if (table === undefined) return undefined
      const thing = keep('table', { table }, own => {
        own.defer(() => void closed.push(table))
        return { table }
      })
      if (identity.startsWith('bad')) throw new Error(identity)
      return thing
    })
    return { change, kept }
  }
  const commit = async (identity: string, table: string | undefined) => {
    const { change, kept } = await edit(identity, table)
    for (const scope of change.commit()) await scope.close()
    return kept
  }
  return { pieces, closed, edit, commit }
}

test('what a piece keeps outlives it as long as it is asked for with the same identity', async () => {
  const { closed, commit } = keeper()
  const first = await commit('a1', 'table of 10')
  assert.equal(await commit('a2', 'table of 10'), first)
  assert.equal(await commit('a2', 'not looked at: the piece stays'), first)
  assert.equal(await commit('a3', 'table of 10'), first, 'also after an edit of somebody else')
  assert.deepEqual(closed, ['a1', 'a2'])
  assert.notEqual(await commit('a4', 'table of 20'), first)
  assert.deepEqual(closed, ['a1', 'a2', 'a3', 'table of 10'])
  await commit('a5', undefined)
  assert.deepEqual(closed.slice(4), ['a4', 'table of 20'])
})

test('an edit that fails closes what it made to be kept, and leaves what it would have taken over', async () => {
  const { pieces, closed, edit, commit } = keeper()
  const first = await commit('a1', 'old')
  const change = pieces.change()
  const wants = (table: string) =>
    change.piece(`place of ${table}`, {}, ({ keep }) =>
      keep(table, {}, own => own.defer(() => void closed.push(table))),
    )
  await wants('new')
  await change.drop()
  assert.deepEqual(closed, ['new'])
  await assert.rejects(edit('bad', 'old'), /bad/)
  assert.equal(await commit('a2', 'old'), first)
})

test('a thing is kept once, and only asked for while its piece is being made', async () => {
  const change = new Pieces(new Scope()).change()
  const twice = change.piece('place', {}, ({ keep }) => {
    keep('table', {}, () => 1)
    keep('table', {}, () => 2)
  })
  await assert.rejects(twice, /place#table is asked for twice/)
  const keep = await change.piece('other', {}, own => own.keep)
  assert.throws(() => keep('table', {}, () => 1), /other#table is asked for too late/)
})
