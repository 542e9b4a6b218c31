import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ArchlabError, fromWire, toWire } from './errors.ts'

test('an error of the lab crosses threads as plain data and keeps code, hint, message and stack', () => {
  const error = new ArchlabError('LAB_PORT_IN_USE', 'port 8000 is in use', { hint: 'choose another' })
  const back = fromWire(structuredClone(toWire(error)))
  assert.ok(back instanceof ArchlabError)
  assert.equal(back.name, 'ArchlabError')
  assert.equal(back.code, 'LAB_PORT_IN_USE')
  assert.equal(back.hint, 'choose another')
  assert.equal(back.message, 'port 8000 is in use')
  assert.equal(back.stack, error.stack)
})

test('an error without hint or code comes back without', () => {
  const plain = fromWire(structuredClone(toWire(new RangeError('too far'))))
  assert.equal(plain instanceof ArchlabError, false)
  assert.equal(plain.message, 'too far')
  assert.match(plain.stack!, /^RangeError: too far\n/)
  const coded = fromWire(toWire(new ArchlabError('LAB_START_FAILED', 'no')))
  assert.equal((coded as ArchlabError).hint, undefined)
})

test("an error of the system keeps its code, and its other fields' types are checked", () => {
  const error = Object.assign(new Error('no'), { code: 'ENOENT', hint: 5 })
  assert.deepEqual({ ...toWire(error), stack: '' }, { code: 'ENOENT', message: 'no', hint: undefined, stack: '' })
  const odd = Object.assign(new Error('no'), { code: 17, stack: () => {} })
  assert.deepEqual(toWire(odd), { code: undefined, message: 'no', hint: undefined, stack: undefined })
})

test('the cause and the place of an error stay with it', () => {
  const cause = new Error('root')
  const where = { file: 'topology.yaml', line: 3, column: 5, path: 'components.gateway.port' }
  const error = new ArchlabError('TOPOLOGY_PORT_TWICE', 'twice', { where, cause })
  assert.equal(error.cause, cause)
  assert.deepEqual(error.where, where)
})

test('whatever is thrown becomes plain data that can be cloned and made an error again', () => {
  const thrown = fc.oneof(
    fc.anything(),
    fc.anything().map(message => Object.assign(new Error(), { message })),
    fc.constantFrom<unknown>(Symbol('s'), Object.create(null), { toString: 5, valueOf: 5 }, () => {}),
  )
  fc.assert(
    fc.property(thrown, value => {
      const wire = structuredClone(toWire(value))
      assert.equal(typeof wire.message, 'string')
      assert.equal(fromWire(wire).message, wire.message)
    }),
  )
  assert.equal(toWire('lost').message, 'lost')
})
