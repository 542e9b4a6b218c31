import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Link, Reply, Request } from '../kit/index.ts'
import { openRoute } from './links.ts'

const match = { method: '*', path: '/' }
const request = new Request({ method: 'GET', path: '/' })
const answering = (reply: Reply): Link => ({
  name: 'routes.0',
  call: () => reply,
  published: undefined,
  targets: 1,
  addresses: () => [],
})
const through = (reply: { status: number; json?: unknown }, from: Reply): Reply =>
  openRoute({ match, link: 'routes.0', reply }, answering(from)).call(request) as Reply

const good = new Reply(201, '\ncontent-type: text/plain\nlocation: /task/1', 'hello', 'worker/0')

test('a route with a reply of its own replaces status and body of a good reply, and keeps the other fields', () => {
  const { status, headers, body, replica } = through({ status: 202, json: { status: 'queued' } }, good)
  assert.deepEqual(
    { status, headers, body, replica },
    {
      status: 202,
      headers: '\nlocation: /task/1\ncontent-type: application/json',
      body: '{"status":"queued"}',
      replica: 'worker/0',
    },
  )
})

test('a route that gives only a status leaves the body and its type as they are', () => {
  const { status, headers, body, replica } = through({ status: 202 }, good)
  assert.deepEqual(
    { status, headers, body, replica },
    { status: 202, headers: good.headers, body: 'hello', replica: 'worker/0' },
  )
})

test('a refusal passes a route with a reply of its own unchanged', () => {
  const refusal = new Reply(429, '', 'too many')
  assert.equal(through({ status: 202, json: {} }, refusal), refusal)
})
