import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type EndpointModel,
  type Handler,
  json,
  type Random,
  Reply,
  type StepModel,
  seededRandom,
} from '@archlab/runtime/kit'
import fc from 'fast-check'
import { readScript } from './script-reader.ts'
import service from './service.ts'
import { start } from './test-subject.ts'

/* Random scripts against the plainest interpreter of the language, and against the model that the kind declares. */

interface Step {
  chance?: string
  call?: string
  fail?: string
  work?: string
  parallel?: (Step | Step[])[]
  respond?: { status: number }
}

const LINKS = ['a', 'b', 'd'] as const
type Calls = Record<(typeof LINKS)[number], number>

const share = (text: string | undefined, otherwise: number): number =>
  text === undefined ? otherwise : Number.parseFloat(text) / 100

/** What the language means, in a few lines: how often each link is called, and with which status the script ends. */
function interpret(script: readonly Step[], random: Random, statusOf: (link: string) => number) {
  const calls: Calls = { a: 0, b: 0, d: 0 }
  const list = (steps: readonly Step[]): number | undefined => {
    for (const step of steps) {
      const ended = one(step)
      if (ended !== undefined) return ended
    }
    return undefined
  }
  const one = (step: Step): number | undefined => {
    const chance = share(step.chance, 1)
    if (chance < 1 && random.next() >= chance) return undefined
    if (step.respond) return step.respond.status
    if (step.fail !== undefined) return random.next() < share(step.fail, 0) ? 500 : undefined
    if (step.parallel) return step.parallel.map(branch => list([branch].flat())).find(ended => ended !== undefined)
    if (step.call === undefined) return undefined
    calls[step.call as keyof Calls] += 1
    return statusOf(step.call) >= 400 ? 500 : undefined
  }
  const status = list(script) ?? 200
  return { calls, status }
}

/** Scripts of up to a few dozen steps; `percent` are the chances that occur. */
function scripts(percent: fc.Arbitrary<string>, { respond }: { respond: boolean }): fc.Arbitrary<Step[]> {
  const chance = fc.option(percent, { nil: undefined })
  const withChance = (step: Step, given: string | undefined): Step =>
    given === undefined ? step : { ...step, chance: given }
  const { list } = fc.letrec<{ step: Step; list: Step[]; branch: Step | Step[] }>(tie => ({
    step: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      { weight: 5, arbitrary: fc.tuple(fc.constantFrom(...LINKS), chance).map(([call, c]) => withChance({ call }, c)) },
      { weight: 1, arbitrary: chance.map(c => withChance({ work: '0ms' }, c)) },
      { weight: 1, arbitrary: fc.tuple(percent, chance).map(([fail, c]) => withChance({ fail }, c)) },
      {
        weight: 3,
        arbitrary: fc
          .tuple(fc.array(tie('branch'), { minLength: 1, maxLength: 4 }), chance)
          .map(([parallel, c]) => withChance({ parallel }, c)),
      },
    ),
    branch: fc.oneof(tie('step'), fc.array(tie('step'), { minLength: 1, maxLength: 3 })),
    list: fc.array(tie('step'), { maxLength: 6 }),
  }))
  if (!respond) return list
  const end = fc.option(
    chance.map(c => withChance({ respond: { status: 201 } }, c)),
    { nil: undefined },
  )
  return fc.tuple(list, end).map(([steps, last]) => (last ? [...steps, last] : steps))
}

const SOMETIMES = fc.constantFrom('5%', '30%', '50%', '90%')
const ALWAYS_OR_NEVER = fc.constantFrom('0%', '100%')

/** Steps behind one that always ends the script are refused, so such scripts are left out. */
const accepted = (script: readonly Step[]): boolean => readScript({ script }).problems.length === 0

function links(statusOf: (link: string) => number, answer: (reply: Reply) => Reply | Promise<Reply>) {
  const calls: Calls = { a: 0, b: 0, d: 0 }
  const handlers = Object.fromEntries(
    LINKS.map(name => {
      const call: Handler = () => {
        calls[name] += 1
        return answer(json(statusOf(name), {}))
      }
      return [name, call]
    }),
  )
  return { calls, handlers }
}

test('with links that answer at once, random scripts do what the plain interpreter does, draw for draw', async () => {
  await fc.assert(
    fc.asyncProperty(
      scripts(SOMETIMES, { respond: true }).filter(accepted),
      fc.constantFrom(200, 404, 503),
      fc.nat(),
      async (script, statusOfD, seed) => {
        const statusOf = (link: string): number => (link === 'd' ? statusOfD : 200)
        const { calls, handlers } = links(statusOf, reply => reply)
        const { ask, context } = await start(script, handlers, { random: seededRandom(seed) })
        const reference = seededRandom(seed)
        const expected: Calls = { a: 0, b: 0, d: 0 }
        for (let request = 0; request < 20; request++) {
          const reply = ask()
          assert.ok(reply instanceof Reply)
          const { calls: more, status } = interpret(script, reference, statusOf)
          for (const name of LINKS) expected[name] += more[name]
          assert.equal(reply.status, status)
        }
        assert.deepEqual(calls, expected)
        assert.equal(context.count.calls.value, expected.a + expected.b + expected.d)
        assert.equal(context.count.failed_calls.value, statusOfD >= 400 ? expected.d : 0)
      },
    ),
    { numRuns: 150 },
  )
})

test('with links that answer in any order, scripts without chance do what the plain interpreter does', async () => {
  await fc.assert(
    fc.asyncProperty(
      scripts(ALWAYS_OR_NEVER, { respond: true }).filter(accepted),
      fc.subarray([...LINKS]),
      fc.nat(),
      async (script, failing, seed) => {
        const statusOf = (link: string): number => (failing.includes(link as 'a') ? 500 : 200)
        const shuffle = seededRandom(seed)
        const { calls, handlers } = links(
          statusOf,
          reply =>
            new Promise(resolve => {
              let turns = Math.floor(shuffle.next() * 6)
              const wait = (): void => void (turns-- > 0 ? setImmediate(wait) : resolve(reply))
              wait()
            }),
        )
        const { ask } = await start(script, handlers)
        const { status } = await ask()
        const expected = interpret(script, seededRandom(0), statusOf)
        assert.equal(status, expected.status)
        assert.deepEqual(calls, expected.calls)
      },
    ),
    { numRuns: 150 },
  )
})

/** Expected calls of each link per request, and the probability that the steps do not end the script. */
function expectedCalls(steps: readonly StepModel[]): { calls: Calls; goesOn: number } {
  const calls: Calls = { a: 0, b: 0, d: 0 }
  let reached = 1
  for (const step of steps) {
    const happens = reached * (step.chance ?? 1)
    if (step.type === 'call') calls[step.link as keyof Calls] += happens
    else if (step.type === 'end') reached -= happens
    else if (step.type === 'parallel') {
      const branches = step.branches.map(expectedCalls)
      for (const branch of branches) for (const name of LINKS) calls[name] += happens * branch.calls[name]
      reached -= happens * (1 - branches.reduce((product, branch) => product * branch.goesOn, 1))
    }
  }
  return { calls, goesOn: reached }
}

test('the calls that the model expects agree with those that are counted', async () => {
  const requests = 5000
  await fc.assert(
    fc.asyncProperty(scripts(SOMETIMES, { respond: true }).filter(accepted), async script => {
      const [endpoint] = service.model!({ script } as never) as [EndpointModel]
      const expected = expectedCalls(endpoint.steps).calls
      const { calls, handlers } = links(
        () => 200,
        reply => reply,
      )
      const { ask } = await start(script, handlers, { random: seededRandom(JSON.stringify(script)) })
      const squares: Calls = { a: 0, b: 0, d: 0 }
      for (let request = 0; request < requests; request++) {
        const before = { ...calls }
        ask()
        for (const name of LINKS) squares[name] += (calls[name] - before[name]) ** 2
      }
      for (const name of LINKS) {
        const mean = calls[name] / requests
        const deviation = Math.sqrt(Math.max(0, squares[name] / requests - mean ** 2))
        // Five standard errors: a hundred scripts with three links each exceed them once in 6,000 runs; plus what a
        // link that is called once in 5,000 requests may hide from the estimate.
        const bound = (5 * deviation) / Math.sqrt(requests) + 10 / requests
        assert.ok(Math.abs(mean - expected[name]) <= bound, `${name}: ${mean}, the model says ${expected[name]}`)
      }
    }),
    { numRuns: 100, seed: 7 },
  )
})

test('the model says what a script does, with means, methods and matches', () => {
  const endpoints = {
    'POST /orders/:id': [
      { work: { erlang: { k: 2, mean: '4ms' } } },
      { work: { cpu: '3ms' }, chance: '25%' },
      { call: 'a', request: 'PUT /x?y', json: {} },
      {
        parallel: [
          { call: 'b' },
          [
            { call: 'd', chance: '50%' },
            { fail: '10%', chance: '50%' },
          ],
        ],
      },
      { respond: { status: 201 } },
    ],
    '/any': [],
  }
  assert.deepEqual(service.model!({ endpoints } as never), [
    {
      match: 'POST /orders/:id',
      steps: [
        { type: 'work', meanMs: 4, time: { type: 'erlang', k: 2, meanMs: 4 }, resource: 'sleep' },
        { chance: 0.25, type: 'work', meanMs: 3, time: { type: 'constant', valueMs: 3 }, resource: 'cpu' },
        { type: 'call', link: 'a', method: 'PUT', path: '/x', failure: 500 },
        {
          type: 'parallel',
          branches: [
            [{ type: 'call', link: 'b', method: 'GET', path: '/', failure: 500 }],
            [
              { chance: 0.5, type: 'call', link: 'd', method: 'GET', path: '/', failure: 500 },
              { chance: 0.05, type: 'end', status: 500 },
            ],
          ],
        },
        { type: 'end' },
      ],
    },
    { match: '/any', steps: [] },
  ])
  assert.deepEqual(service.model!({} as never), [{ match: '/*', steps: [] }])
})
