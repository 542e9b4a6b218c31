import assert from 'node:assert/strict'
import { test } from 'node:test'
import { componentsOf, notesOf, problemsOf } from './fixtures/import-text.ts'

test('commands become steps in order, and a list of commands runs concurrently', () => {
  const components = componentsOf(`
services:
- name: a
- name: b
- name: c
  isEntrypoint: true
  script:
  - call: a
  - - call: a
    - sleep: 10ms
    - call: { service: b }
  - sleep: 1m
  - - call: b
`)
  assert.deepEqual(components.c, {
    kind: 'thing',
    port: 8000,
    script: [
      { call: 'a' },
      { parallel: [{ call: 'a' }, { work: '10ms' }, { call: 'b' }] },
      { work: '60s' },
      { call: 'b' },
    ],
  })
  assert.deepEqual(components.a, { kind: 'thing' })
})

test('the error rate is decided before the script, and the response ends it', () => {
  const { a, b } = componentsOf(`
services:
- { name: a, isEntrypoint: true, errorRate: 0.01%, responseSize: 16 KB, numReplicas: 3, script: [ { call: b } ] }
- { name: b, errorRate: 0.1, responseSize: 100 }
`)
  const script = [{ fail: '0.01%' }, { call: 'b' }, { respond: { size: '16kb' } }]
  assert.deepEqual(a, { kind: 'thing', port: 8000, replicas: 3, script })
  assert.deepEqual(b, { kind: 'thing', script: [{ fail: '10%' }, { respond: { size: '100b' } }] })
})

test('a note says how isotope spreads the errors of a rate: it counts requests', () => {
  const text = (rate: string): string => `services: [ { name: a, isEntrypoint: true, errorRate: ${rate} } ]`
  const noteOf = (rate: string): string => notesOf(text(rate))[0]!.replace('services.0.errorRate: ', '')
  assert.match(noteOf('1%'), /probability of 1%; isotope fails exactly one in 100 requests of a replica$/)
  assert.match(noteOf('30%'), /exactly one in 3 requests/)
  assert.match(noteOf('60%'), /isotope fails all requests/)
  assert.match(noteOf('0.005%'), /divides by zero/)
  assert.deepEqual(notesOf(text('0')), [])
})

test('a service that always fails keeps nothing but that', () => {
  const text = 'services: [ { name: a, isEntrypoint: true, errorRate: 100%, script: [ { sleep: 1s } ] } ]'
  assert.deepEqual(componentsOf(text).a!.script, [{ fail: '100%' }])
  assert.match(notesOf(text)[0]!, /the rest of the script is left out/)
})

test('a probability is a whole number of per cent, and 0 and 100 mean always', () => {
  const { a } = componentsOf(`
services:
- name: a
  isEntrypoint: true
  script:
  - call: { service: b, probability: 30 }
  - call: { service: b, probability: 0 }
  - call: { service: b, probability: 100 }
- name: b
`)
  assert.deepEqual(a!.script, [{ call: 'b', chance: '30%' }, { call: 'b' }, { call: 'b' }])
})

test('defaults hold where a service or a call says nothing, and an empty script is a script', () => {
  const text = `
defaults: { requestSize: 1 KB, responseSize: 2 KB, errorRate: 5%, numReplicas: 2, script: [ { call: db } ] }
services:
- { name: a, isEntrypoint: true }
- { name: b, errorRate: 0, responseSize: 0, numReplicas: 1, script: [ { call: { service: a, size: 0 } } ] }
- { name: db, script: }
`
  const { a, b, db } = componentsOf(text)
  const fail = { fail: '5%' }
  const respond = { respond: { size: '2kb' } }
  assert.deepEqual(a!.script, [fail, { call: 'db', size: '1kb' }, respond])
  assert.equal(a!.replicas, 2)
  assert.deepEqual(b!.script, [{ call: 'a' }])
  assert.equal(b!.replicas, undefined)
  assert.deepEqual(db!.script, [fail, respond])
})

test('a request with a body is a POST, and says so', () => {
  const text =
    'services: [ { name: a, isEntrypoint: true, script: [ { call: { service: b, size: 1K } } ] }, { name: b } ]'
  assert.deepEqual(componentsOf(text).a!.script, [{ call: 'b', size: '1kb' }])
  assert.deepEqual(notesOf(text), [
    'services.0.script.0.call.size: calls with a body are POST requests; isotope sends GET requests with a body',
  ])
})

test('entries get ports in the order of the file; without any, what no other service calls', () => {
  const declared = componentsOf(
    'services: [ { name: a }, { name: b, isEntrypoint: true, script: [ { call: a } ] }, { name: c, isEntrypoint: true } ]',
  )
  const ports = Object.values(declared).map(component => component.port)
  assert.deepEqual(ports, [undefined, 8000, 8001])
  const text = 'services: [ { name: a }, { name: b, script: [ { call: a } ] }, { name: c } ]'
  const found = componentsOf(text)
  assert.deepEqual([found.a!.port, found.b!.port, found.c!.port], [undefined, 8000, 8001])
  assert.deepEqual(notesOf(text), [': no service has isEntrypoint: what no other service calls gets a port'])
})

test('what concerns the mesh is left out and said, the same thing once', () => {
  const text = `
apiVersion: v1alpha1
kind: MockServiceGraph
defaults: { type: grpc, numRbacPolicies: 3 }
default: { errorRate: 5% }
services:
- { name: a, isEntrypoint: true, type: http, namespace: one, cluster: two, script: [ { call: { service: b, hostname: "b:80", payloadSize: 1K } } ] }
- { name: b, respnseSize: 1K, type: grpc, colour: red }
`
  const mesh = 'concerns the service mesh or Kubernetes, which the lab does not have'
  assert.deepEqual(notesOf(text), [
    'defaults.type: gRPC: components speak HTTP',
    `defaults.numRbacPolicies: ${mesh}`,
    'default: isotope reads "defaults" only',
    'services.0.script.0.call.payloadSize: isotope reads "size" only',
    'services.1.respnseSize: no such key is read; is "responseSize" meant?',
    'services.1.colour: no such key is read',
  ])
  assert.deepEqual(componentsOf(text).a!.script, [{ call: 'b' }])
})

test('names become DNS labels; a name that means a number or a word of YAML stays a name', () => {
  const text = `
services:
- { name: Cart_DB, isEntrypoint: true, script: [ { call: "1" }, { call: "null" } ] }
- { name: 1 }
- { name: "null" }
`
  const components = componentsOf(text)
  assert.deepEqual(Object.keys(components).sort(), ['1', 'cart-db', 'null'])
  assert.deepEqual(components['cart-db']!.script, [{ call: '1' }, { call: 'null' }])
  assert.deepEqual(notesOf(text), ['services.0.name: "Cart_DB" is the component cart-db: names are DNS labels'])
})

test('a call may take as long as what it calls, although a link gives up after ten seconds', () => {
  const { a, b, c } = componentsOf(`
services:
- { name: a, isEntrypoint: true, script: [ { call: b }, { call: d } ] }
- { name: b, script: [ [ { call: c }, { sleep: 1s } ] ] }
- { name: c, script: [ { sleep: 4s }, { sleep: 2500ms } ] }
- { name: d, script: [ { sleep: 5s } ] }
`)
  assert.deepEqual(a!.links, { b: { to: 'b', timeout: '13s' } })
  assert.deepEqual(b!.links, { c: { to: 'c', timeout: '13s' } })
  assert.equal(c!.links, undefined)
})

test('several replicas that may fail are not left out for failing', () => {
  const { a, b } = componentsOf(`
services:
- { name: a, isEntrypoint: true, script: [ { call: b }, { call: c } ] }
- { name: b, numReplicas: 2, script: [ { call: c } ] }
- { name: c, errorRate: 10% }
`)
  assert.deepEqual(a!.links, { b: { to: 'b', outliers: { failures: 0 } } })
  assert.equal(b!.links, undefined)
})

test('a component takes the largest body that it is sent', () => {
  const { b, c } = componentsOf(`
services:
- { name: a, isEntrypoint: true, script: [ [ { call: { service: b, size: 3M } }, { call: { service: c, size: 1M } } ] ] }
- { name: b }
- { name: c }
`)
  assert.equal(b!['body-limit'], '3mb')
  assert.equal(c!['body-limit'], undefined)
})

test('a script of more steps than a component takes is a problem, also when defaults repeat it', () => {
  const calls = (count: number): string => Array.from({ length: count }, () => '{ sleep: 1ms }').join(', ')
  const one = (count: number): string => `services: [ { name: a, isEntrypoint: true, script: [ ${calls(count)} ] } ]`
  assert.deepEqual(problemsOf(one(2000)), [])
  assert.deepEqual(problemsOf(one(2001)), ['IMPORT_BAD_VALUE 1:13'])
  const services = Array.from({ length: 12 }, (_, index) => `{ name: s${index} }`).join(', ')
  const repeated = `defaults: { script: [ ${calls(1000)} ] }\nservices: [ ${services} ]`
  assert.deepEqual(problemsOf(repeated), ['IMPORT_BAD_VALUE 1:23'])
})
