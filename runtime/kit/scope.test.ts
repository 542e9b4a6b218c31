import assert from 'node:assert/strict'
import { test } from 'node:test'
import { settle } from '../testing/fake-context.ts'
import { Scope } from './scope.ts'

test('a scope closes what was opened last first, each when the one before has ended', async () => {
  const scope = new Scope()
  const order: string[] = []
  scope.defer(() => void order.push('first'))
  scope.defer(async () => {
    order.push('second begins')
    await settle()
    order.push('second ends')
  })
  scope.defer(() => void order.push('third'))
  await scope.close()
  assert.deepEqual(order, ['third', 'second begins', 'second ends', 'first'])
})

test('an empty scope closes', async () => {
  await new Scope().close()
})

test('every closer runs although some fail, and the failures come together in the order of closing', async () => {
  const scope = new Scope()
  const ran: string[] = []
  scope.defer(() => void ran.push('first'))
  scope.defer(() => {
    throw new Error('thrown')
  })
  scope.defer(() => void ran.push('third'))
  scope.defer(() => Promise.reject(new Error('rejected')))
  await assert.rejects(scope.close(), (error: unknown) => {
    assert.ok(error instanceof AggregateError)
    assert.deepEqual(
      error.errors.map(one => one.message),
      ['rejected', 'thrown'],
    )
    return true
  })
  assert.deepEqual(ran, ['third', 'first'])
})

test('a second close joins the first: closers run once, and both calls share the outcome', async () => {
  const scope = new Scope()
  let runs = 0
  scope.defer(() => {
    runs++
    throw new Error('no')
  })
  const first = scope.close()
  const second = scope.close()
  assert.equal(first, second)
  await assert.rejects(first, AggregateError)
  await assert.rejects(scope.close(), AggregateError)
  assert.equal(runs, 1)
})

test('what is deferred after the scope has closed is closed at once', async () => {
  const scope = new Scope()
  await scope.close()
  let closed = false
  scope.defer(() => {
    closed = true
  })
  assert.equal(closed, true)
})

test('what is deferred while the scope closes is closed by it, and its failure is reported', async () => {
  const scope = new Scope()
  const order: string[] = []
  let release = (): void => {}
  scope.defer(() => void order.push('first'))
  scope.defer(
    () =>
      new Promise<void>(resolve => {
        release = resolve
      }),
  )
  const closing = scope.close()
  scope.defer(async () => {
    order.push('late')
    throw new Error('late')
  })
  release()
  await assert.rejects(closing, (error: AggregateError) => error.errors[0].message === 'late')
  assert.deepEqual(order, ['late', 'first'])
})
