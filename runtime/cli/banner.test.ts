import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ComponentSpec, Topology, WorkloadSpec } from '../topology/index.ts'
import { curlLines } from './banner.ts'

const EDGE = {
  name: 'edge',
  listen: { host: '127.0.0.1', ports: [8000], shared: true },
  tactics: [],
  links: [],
} as unknown as ComponentSpec

const REQUEST = { name: '', weight: 1, count: null, headers: {}, json: null, bodyBytes: 0, keys: {} }

const topology = (browse: Partial<WorkloadSpec>, secrets: string[] = []): Topology =>
  ({
    components: { edge: EDGE },
    workloads: { browse: { target: { entry: 'edge' }, ...browse } },
    secrets,
  }) as unknown as Topology

test('the requests of the first workload are lines to paste, with the token of its login', () => {
  const login = {
    request: { method: 'POST', path: '/login' },
    json: { user: "o'neil" },
    headers: {},
    token: 'data.token',
  }
  const requests = [
    { ...REQUEST, request: { method: 'GET', path: '/items/{id}' } },
    { ...REQUEST, request: { method: 'HEAD', path: '/a?b=1&c=2' }, headers: { 'X-Mine': 'yes' } },
  ]
  const [token, first, second] = curlLines(topology({ login: login as WorkloadSpec['login'], requests }))
  assert.equal(
    token,
    `TOKEN=$(curl -s -X POST http://127.0.0.1:8000/login -H 'Content-Type: application/json' -d '{"user":"o'\\''neil"}' | sed 's/.*"token":"\\([^"]*\\)".*/\\1/')`,
  )
  assert.equal(first, 'curl -i http://127.0.0.1:8000/items/0 -H "Authorization: Bearer $TOKEN"')
  assert.equal(
    second,
    `curl -i -I 'http://127.0.0.1:8000/a?b=1&c=2' -H "Authorization: Bearer $TOKEN" -H 'X-Mine: yes'`,
  )
})

test('secrets of a workload are not printed', () => {
  const requests = [{ ...REQUEST, request: { method: 'GET', path: '/' }, headers: { Cookie: 'hunter2' } }]
  const lines = curlLines(topology({ login: null, requests }, ['/workloads/browse/requests/0/headers/Cookie']))
  assert.deepEqual(lines, [`curl -i http://127.0.0.1:8000/ -H 'Cookie: ***'`])
})

test('without a workload that enters at a component every entry is called', () => {
  const elsewhere = topology({ target: { url: 'http://example.org' } })
  for (const one of [elsewhere, { ...elsewhere, workloads: {} }]) {
    assert.deepEqual(curlLines(one), ['curl -i http://127.0.0.1:8000/'])
  }
})
