import assert from 'node:assert/strict'
import { test } from 'node:test'
import { json, type Random, Reply, seededRandom } from '@archlab/runtime/kit'
import { FakeClock } from '@archlab/runtime/testing'
import fc from 'fast-check'
import {
  CALL_TREE_BYTES_MAX,
  CALL_TREE_FIELD,
  type CallEntry,
  type CallTree,
  type Entry,
  isCached,
  treeOf,
  treeText,
} from './call-tree.ts'
import { answering, bodyOf, isSettled, start, treeIn, waiting } from './test-subject.ts'

const TRACED = { trace: { entries: [] } }
const leaf: CallTree = { service: 'a/0', endpoint: 'GET /', status: 200, durationMs: 1, steps: [] }
const withTree = (tree: CallTree, status = tree.status): Reply =>
  json(status, {}, { [CALL_TREE_FIELD]: treeText(tree) })

test('a request that is not traced gets no tree', async () => {
  const { ask } = await start([{ work: '0ms' }])
  const reply = await ask()
  assert.equal(reply.header(CALL_TREE_FIELD), undefined)
  assert.deepEqual(bodyOf(reply), { service: 'c/0' })
})

test('a traced request gets every executed step with its times, the trees of the called, and what chance left out', async () => {
  const [a, b] = [waiting(), waiting()]
  const clock = new FakeClock()
  const script = [
    { work: '5ms' },
    { call: 'a', request: 'POST /x?y=1', json: {} },
    { parallel: [[{ call: 'a' }, { work: { sleep: '2ms' } }], { call: 'b' }] },
    { call: 'b', chance: '0%' },
    { work: { cpu: '0ms' }, chance: '0%' },
  ]
  const { ask } = await start({ endpoints: { 'GET /data': script } }, { a: a.link, b: b.link }, { clock })
  const pending = ask({ path: '/data', ...TRACED })
  await clock.advance(5)
  await clock.advance(3)
  a.open[0]!.answer(withTree(leaf))
  await isSettled(pending)
  await clock.advance(1)
  b.open[0]!.answer(json(204, {}))
  await clock.advance(1)
  a.open[1]!.answer(json(200, {}, { [CALL_TREE_FIELD]: 'nonsense' }))
  await clock.advance(2)
  const reply = await pending
  const expected: CallTree = {
    service: 'c/0',
    endpoint: 'GET /data',
    status: 200,
    durationMs: 12,
    steps: [
      { work: 'sleep', demandMs: 5, startMs: 0, durationMs: 5 },
      { call: 'a', request: 'POST /x?y=1', startMs: 5, status: 200, durationMs: 3, tree: leaf },
      {
        parallel: [
          [
            { call: 'a', request: 'GET /', startMs: 8, status: 200, durationMs: 2 },
            { work: 'sleep', demandMs: 2, startMs: 10, durationMs: 2 },
          ],
          [{ call: 'b', request: 'GET /', startMs: 8, status: 204, durationMs: 1 }],
        ],
        startMs: 8,
        durationMs: 4,
      },
      { skipped: 'call b' },
      { skipped: 'work cpu' },
    ],
  }
  assert.deepEqual(treeIn(reply), expected)
  assert.deepEqual(bodyOf(reply), { service: 'c/0', calls: expected })
})

test('steps that ended the script are in the tree, and its own reply keeps its body', async () => {
  const { ask } = await start({
    endpoints: {
      'GET /fail': [{ fail: '100%', status: 503 }],
      'GET /reply': [{ respond: { status: 201, json: { ok: true } } }],
    },
  })
  const [failed, replied] = await Promise.all(['/fail', '/reply'].map(path => ask({ path, ...TRACED })))
  assert.deepEqual([treeIn(failed!).status, treeIn(failed!).steps], [503, [{ end: 'fail', status: 503, startMs: 0 }]])
  assert.deepEqual(treeIn(replied!).steps, [{ end: 'respond', status: 201, startMs: 0 }])
  assert.deepEqual(bodyOf(replied!), { ok: true })
  const again = await ask({ path: '/reply' })
  assert.equal(again.header(CALL_TREE_FIELD), undefined, 'a prepared reply stays as it is')
})

test('a failed call is in the tree with its status, and nothing behind it', async () => {
  const a = answering(503)
  const { ask } = await start([{ call: 'a' }, { call: 'a' }], { a: a.link })
  const tree = treeIn(await ask(TRACED))
  assert.deepEqual([tree.status, tree.steps!.length], [500, 1])
  assert.equal((tree.steps![0] as { status: number }).status, 503)
})

test("the callee's tree is taken in once: it reaches the client inside of the caller's, and in no second field", async () => {
  for (const script of [[{ call: 'a' }], [{ call: 'a' }, { respond: { json: {} } }]]) {
    const { ask } = await start(script, { a: () => withTree(leaf) })
    const { headers } = await ask(TRACED)
    assert.equal(headers.split(`\n${CALL_TREE_FIELD}: `).length, 2)
    assert.equal(headers.split('a/0').length, 2)
  }
  const { ask } = await start([{ call: 'a' }], { a: () => withTree(leaf, 503) })
  assert.equal((await ask()).header(CALL_TREE_FIELD), undefined, 'also not in a failure that is not traced')
})

test('a reply from a cache brings no tree, since nothing was executed for it', async () => {
  for (const [status, cached] of [
    ['a/0; hit; ttl=3', true],
    ['a/0; fwd=uri-miss; stored, b/0; hit', true],
    ['a/0; fwd=uri-miss; stored', false],
    ['a/0; detail="x; hit"', false],
  ] as const) {
    const reply = json(200, {}, { 'cache-status': status, [CALL_TREE_FIELD]: treeText(leaf) })
    assert.equal(isCached(reply), cached)
    const { ask } = await start([{ call: 'a' }], { a: () => reply })
    const [entry] = treeIn(await ask(TRACED)).steps as readonly CallEntry[]
    assert.deepEqual([entry!.cached, entry!.tree], cached ? [true, undefined] : [undefined, leaf])
  }
})

test('a field that is no tree is not taken in, nor one that is too long', () => {
  const reply = (value: string) => new Reply(200, `\n${CALL_TREE_FIELD}: ${value}`)
  for (const value of ['', '{', '5', 'null', '[]', '"service"', '['.repeat(12_000)]) {
    assert.equal(treeOf(reply(value)), undefined, value.slice(0, 10))
  }
  assert.equal(treeOf(reply(JSON.stringify({ service: 'x'.repeat(CALL_TREE_BYTES_MAX) }))), undefined)
  assert.deepEqual(treeOf(reply(JSON.stringify(leaf))), leaf)
})

test('text beyond ASCII is escaped, so that the field is what its length says', () => {
  const tree = { ...leaf, endpoint: 'GET /größe/\u{1f600}' }
  const text = treeText(tree)
  assert.match(text, /^[\x20-\x7e]+$/)
  assert.deepEqual(JSON.parse(text), tree)
})

/** A chain of services, each of which calls the next `width` times. */
function chain(depth: number, width: number): CallTree {
  const steps = Array.from(
    { length: width },
    (_, index): Entry => ({
      call: 'next',
      request: 'GET /',
      startMs: index,
      durationMs: 1.234,
      ...(depth > 0 && index === 0 ? { tree: chain(depth - 1, width) } : {}),
    }),
  )
  return { service: `s${depth}/0`, endpoint: 'GET /', status: 200, durationMs: 1, steps }
}

function depthOf(tree: CallTree | undefined): number {
  if (!tree) return 0
  const [first] = (tree.steps ?? []) as readonly CallEntry[]
  return 1 + depthOf(first?.tree)
}

test('a tree that is too large loses its deepest parts first, and says where', () => {
  assert.equal(treeText(chain(20, 5)), JSON.stringify(chain(20, 5)))
  const text = treeText(chain(60, 5))
  assert.ok(
    text.length <= CALL_TREE_BYTES_MAX && text.length > CALL_TREE_BYTES_MAX - 500,
    'one level more would not fit',
  )
  const cut: CallTree = JSON.parse(text)
  const depth = depthOf(cut)
  assert.ok(depth > 20 && depth < 61)
  let last = cut
  for (let level = 1; level < depth; level++) {
    assert.equal(last.cut, undefined, `level ${level} is whole`)
    assert.equal(last.steps!.length, 5)
    last = (last.steps as readonly CallEntry[])[0]!.tree!
  }
  assert.deepEqual([last.cut, last.steps], [true, undefined])
})

test('a service with more steps than fit shows the first of them', () => {
  const text = treeText(chain(1, 1000))
  assert.ok(text.length <= CALL_TREE_BYTES_MAX && text.length > CALL_TREE_BYTES_MAX - 200)
  const tree: CallTree = JSON.parse(text)
  assert.equal(tree.cut, true)
  assert.ok(tree.steps!.length > 100)
})

test('a tree makes room for the Server-Timing of many hops, so that both fit into the section that clients take', async () => {
  const hop = 'service-12-0;desc="service-12/0";dur=12.345'
  const trace = { entries: Array.from({ length: 200 }, () => hop) }
  const { ask } = await start([{ call: 'a' }], { a: () => withTree(chain(20, 5)) })
  const text = (await ask({ trace })).header(CALL_TREE_FIELD)!
  assert.ok(text.length + trace.entries.join(', ').length < 15_000)
  assert.ok(depthOf(JSON.parse(text)) > 5)
  trace.entries.push(...trace.entries)
  const head: CallTree = JSON.parse((await ask({ trace })).header(CALL_TREE_FIELD)!)
  const [entry] = head.steps as readonly CallEntry[]
  assert.deepEqual([entry!.status, entry!.tree!.service, entry!.tree!.cut], [200, 's20/0', true])
})

/** A tree of random form. */
function grow(depth: number, width: number, random: Random): CallTree {
  const steps = Array.from({ length: Math.floor(random.next() * width) }, (_, index): Entry => {
    const call = { call: 'x', request: 'GET /', startMs: index, durationMs: 1 }
    if (depth === 0 || random.next() < 0.5) return call
    const tree = grow(depth - 1, width, random)
    return random.next() < 0.5 ? { ...call, tree } : { parallel: [[{ ...call, tree }], [call]], startMs: 0 }
  })
  return { service: `s${depth}/0`, endpoint: '/*', status: 200, durationMs: 0.5, steps }
}

test('whatever a tree looks like, its text fits, is JSON, and is whole unless it says that it is cut', () => {
  fc.assert(
    fc.property(fc.nat({ max: 6 }), fc.nat({ max: 12 }), fc.nat(), (depth, width, seed) => {
      const tree = grow(depth, width, seededRandom(seed))
      const text = treeText(tree)
      assert.ok(text.length <= CALL_TREE_BYTES_MAX)
      const read: CallTree = JSON.parse(text)
      if (!text.includes('"cut":true')) assert.deepEqual(read, tree)
      else assert.ok(JSON.stringify(tree).length > CALL_TREE_BYTES_MAX)
    }),
    { numRuns: 200 },
  )
})
