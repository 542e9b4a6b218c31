import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type CallResult, httpCall, postJson } from '@archlab/runtime/whole-lab'
import { startLab5 } from './support/lab5.ts'

test('A redirecting balancer answers 307 with the next address, and keeps path and query', async t => {
  const lab = await startLab5(t, { set: ['components.services.mode=redirect'] })
  const asked = `${lab.url('services')}/process?x=1&y=%20&x=2`
  const locations: unknown[] = []
  for (let call = 0; call < 4; call++) {
    const reply = await httpCall(asked)
    assert.equal(reply.status, 307)
    locations.push(reply.headers.location)
  }
  const [a, b] = ['microservice-a', 'microservice-b'].map(name => `${lab.url(name)}/process?x=1&y=%20&x=2`)
  assert.deepEqual(locations, [a, b, a, b])
  assert.equal((await httpCall(String(locations[0]))).json.message, 'Business logic executed')
})

interface Limit {
  max: number
  seconds: number
  ask: (base: string) => Promise<CallResult>
  /** Which of the component's ports is asked. */
  port?: number
}

/** The limits of the lab; the requests they are asked with cost nothing behind them. */
const LIMITS: Record<string, Limit> = {
  // These two are asked once, and that request reaches gateway/0 and microservice-a/0.
  edge: { max: 10_000, seconds: 60, ask: get('/nowhere') },
  services: { max: 10_000, seconds: 60, ask: get('/process') },
  gateway: { max: 120, seconds: 60, ask: get('/nowhere'), port: 1 },
  'microservice-a': { max: 1000, seconds: 60, ask: get('/process') },
  'microservice-b': { max: 50, seconds: 60, ask: get('/process') },
  cache: { max: 10_000, seconds: 30, ask: get('/cache/x') },
  database: { max: 150, seconds: 60, ask: get('/nowhere') },
  worker: { max: 200, seconds: 60, ask: get('/nowhere') },
  login: { max: 100, seconds: 60, ask: base => postJson(`${base}/login`, {}) },
}

test('Every component has the rate limit of the lab, per replica, and is exact up to the last request', async t => {
  const lab = await startLab5(t, { set: ['tactics.rate-limit.headers=all'] })
  for (const [component, limit] of Object.entries(LIMITS)) {
    const { max, seconds, port = 0 } = limit
    const ask = () => limit.ask(lab.url(component, port))
    const policy = `"default";q=${max};w=${seconds}`
    const first = await ask()
    assert.notEqual(first.status, 429, component)
    assert.ok(String(first.headers['ratelimit-policy']).endsWith(policy), component)
    if (max > 200) continue
    for (let call = 1; call < max; call++) assert.notEqual((await ask()).status, 429, `${component} ${call}`)
    const over = await ask()
    assert.equal(over.status, 429, component)
    assert.equal(over.headers['ratelimit-policy'], policy)
    assert.ok(Number(over.headers['retry-after']) > 0 && Number(over.headers['retry-after']) <= seconds)
    assert.match(String(over.headers['proxy-status']), new RegExp(`^${component}/${port}; .*details="rate-limit"`))
  }
  const other = await httpCall(`${lab.url('gateway', 0)}/nowhere`)
  assert.equal(other.status, 404, 'the other gateway has a limit of its own')
  const validation = await postJson(`${lab.url('login')}/validate_token`, {})
  assert.equal(validation.status, 400, 'only POST /login is limited')
})

function get(path: string): (base: string) => Promise<CallResult> {
  return base => httpCall(`${base}${path}`)
}
