import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isMainThread, Worker, workerData } from 'node:worker_threads'
import {
  type ComponentDefinition,
  decodeSettings,
  type Handler,
  json,
  type LinkDeclaration,
  type Match,
  parseMatch,
  Reply,
  Request,
  systemClock,
} from '@archlab/runtime/kit'
import { fakeContext } from '@archlab/runtime/testing'
import { components } from './catalog.ts'

type Step = [method: string, path: string, body: string, status: number]

/** What each kind is put through. A new kind needs a line here. */
const STEPS: Record<string, { settings?: Record<string, unknown>; steps: Step[]; anyMethod?: string }> = {
  'load-balancer': {
    steps: [['GET', '/data', '', 200]],
    anyMethod: 'a balancer forwards every method, so its target answers 405',
  },
  'api-gateway': { steps: [['GET', '/data', '', 200]] },
  microservice: {
    settings: { latency: '1ms' },
    steps: [
      ['GET', '/data', '', 200],
      ['GET', '/process', '', 200],
      ['POST', '/longtask', '{}', 202],
    ],
  },
  cache: {
    steps: [
      ['POST', '/cache/a', '{"value":1,"ttl":"1h"}', 200],
      ['GET', '/cache/a', '', 200],
    ],
  },
  database: {
    settings: { latency: '1ms' },
    steps: [
      ['GET', '/db', '', 200],
      ['GET', '/records', '', 200],
      ['PUT', '/records/1', '{}', 204],
      ['GET', '/records/1', '', 200],
      ['GET', '/changes', '', 200],
    ],
  },
  worker: {
    settings: { queue: 'memory', 'job-time': '1h', concurrency: 1 },
    steps: [
      ['POST', '/task', '{}', 202],
      ['POST', '/task', '', 202],
      ['GET', '/task', '', 200],
    ],
  },
  station: {
    settings: { service: '1ms' },
    steps: [['GET', '/', '', 200]],
    anyMethod: 'a station serves whatever comes',
  },
  analytics: {
    settings: { latency: '1ms' },
    steps: [
      ['POST', '/analyze', '[{"price":1},{"price":2}]', 200],
      ['GET', '/analyze', '', 200],
    ],
  },
  service: {
    settings: {
      endpoints: {
        'GET /data': [
          { work: { exponential: '1ms' } },
          { call: 'a', chance: '50%' },
          { parallel: [{ call: 'b' }, [{ work: { cpu: '1ms' } }, { call: 'a' }], { work: '1ms' }] },
        ],
        'POST /orders': [{ call: 'a', request: 'POST /x', size: '2kb' }, { respond: { status: 201, json: {} } }],
      },
    },
    steps: [
      ['GET', '/data', '', 200],
      ['POST', '/orders', '{}', 201],
    ],
  },
  login: {
    steps: [
      ['POST', '/login', '{"username":"user1","password":"wrong"}', 401],
      ['POST', '/validate_token', '{"token":"x"}', 403],
    ],
  },
}

const HEALTHY: Handler = () => json(200, { message: 'hello' })

/** No kind may need them with the settings of STEPS. */
const FOLDERS = { component: 'subject', folder: '/nowhere', stateFolder: '/nowhere/state' }

async function define(kind: string): Promise<ComponentDefinition> {
  return (await import(components[kind]!)).default
}

/** A replica of the kind with its default links, all answered by `link`. */
async function start(kind: string, link: Handler = HEALTHY) {
  const definition = await define(kind)
  const raw = STEPS[kind]?.settings ?? {}
  const settings = decodeSettings(definition.settings, raw)
  const { prepared } = (await definition.prepare?.({ settings, ...FOLDERS, readText: () => '' })) ?? {}
  const declared: LinkDeclaration | Record<string, never> = definition.links ?? {}
  const called = 'open' in declared ? definition.calls!(settings).map(({ name }) => name) : ['to']
  const names = 'named' in declared ? Object.keys(declared.named) : called
  const context = fakeContext(definition, {
    settings: raw,
    prepared: structuredClone(prepared),
    clock: systemClock,
    links: Object.fromEntries(names.map(name => [name, link])),
    routes: 'routes' in declared ? [{ match: parseMatch('GET /data') as Match, call: link }] : [],
  })
  const handle = await definition.create(context)
  const ask = async (method: string, path: string, body = ''): Promise<Reply> =>
    handle(new Request({ method, path, body, client: '127.0.0.1' }))
  return { context, ask }
}

/** Runs in a thread of its own, which must end by itself once the scope is closed. */
async function exercise(kind: string): Promise<void> {
  const { context, ask } = await start(kind)
  for (const [method, path, body, status] of STEPS[kind]!.steps) {
    assert.equal((await ask(method, path, body)).status, status, `${method} ${path}`)
  }
  await context.scope.close()
}

function declareTests(): void {
  for (const kind of Object.keys(components)) {
    test(`${kind}: the definition is complete and its defaults are valid`, async () => {
      const definition = await define(kind)
      assert.ok(STEPS[kind], 'add this kind to STEPS')
      assert.equal(definition.kind, kind)
      assert.match(components[kind]!, new RegExp(`/${kind}/${kind}\\.ts$`))
      const settings = decodeSettings(definition.settings, {})
      assert.deepEqual(definition.check?.(settings, { readText: () => assert.fail() }) ?? [], [])
      assert.match(definition.summary, /^[A-Z].{20,}\.$/)
      assert.ok((definition.about ?? '').length > 100)
      assert.match(definition.example, new RegExp(`^\\S+:\\n  kind: ${kind}\\n`))
      for (const [name, setting] of Object.entries(definition.settings)) {
        assert.match(name, /^[a-z][a-z-]*$/)
        assert.match(String((setting as { description: string }).description), /\.$/, name)
      }
      for (const text of Object.values({ ...definition.counters, ...definition.gauges }))
        assert.match(String(text), /\.$/)
    })

    test(`${kind}: an unknown path is answered without a failure, a wrong method with 405`, async t => {
      const { ask, context } = await start(kind)
      t.after(() => context.scope.close())
      const [[, path = '/'] = []] = STEPS[kind]!.steps
      for (const unknown of ['/', '/nowhere', '//', '/%zz', '/__proto__', `${path}/a/b/c`, '/../..']) {
        assert.ok((await ask('GET', unknown)).status < 500, unknown)
      }
      if (STEPS[kind]?.anyMethod) {
        t.diagnostic(`405 skipped: ${STEPS[kind].anyMethod}`)
        return
      }
      const reply = await ask('BREW', path)
      assert.equal(reply.status, 405)
      assert.match(reply.header('allow') ?? '', /OPTIONS/)
      assert.equal((await ask('OPTIONS', path)).status, 204)
    })

    test(`${kind}: bodies that nobody expects are answered without a failure`, async t => {
      const { ask, context } = await start(kind)
      t.after(() => context.scope.close())
      const bodies = ['{', 'null', '[]', '{"__proto__":{"a":1}}', '\0', `${'['.repeat(50_000)}${']'.repeat(50_000)}`]
      for (const [, path] of STEPS[kind]!.steps) {
        for (const method of ['POST', 'PUT', 'DELETE', 'GET']) {
          for (const body of bodies)
            assert.ok((await ask(method, path, body)).status < 500, `${method} ${path} ${body.slice(0, 20)}`)
        }
      }
      assert.equal(({} as { a?: number }).a, undefined)
    })

    test(`${kind}: a link that throws or rejects leaves the replica able to answer`, async t => {
      if (!(await define(kind)).links) return t.skip('it has no links')
      const bugs: Handler[] = [
        () => {
          throw new Error('bug')
        },
        () => Promise.reject(new Error('bug')),
      ]
      for (const bug of bugs) {
        let link = bug
        const { ask, context } = await start(kind, request => link(request))
        const [[method, path, body] = ['GET', '/', '']] = STEPS[kind]!.steps
        const outcome = await ask(method, path, body).catch((error: Error) => error)
        assert.ok(outcome instanceof Reply ? outcome.status >= 500 : outcome.message === 'bug')
        link = HEALTHY
        assert.equal((await ask(method, path, body)).status, 200)
        await context.scope.close()
      }
    })

    test(`${kind}: a thread in which it has worked ends by itself after its scope is closed`, async t => {
      const thread = new Worker(new URL(import.meta.url), { workerData: { contractKind: kind } })
      const ended = new Promise<number>((resolve, reject) => thread.once('exit', resolve).once('error', reject))
      const limit = setTimeout(() => void thread.terminate(), 10_000)
      t.after(() => clearTimeout(limit))
      assert.equal(await ended, 0)
    })
  }
}

if (isMainThread) declareTests()
else await exercise(workerData.contractKind)
