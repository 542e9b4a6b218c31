import assert from 'node:assert/strict'
import { test } from 'node:test'
import { httpCall, startLab } from '@archlab/runtime/whole-lab'
import { catalogs, supportModule } from './support/lab5.ts'

test('a replica may be called over a channel by one link and over http by another of the same caller', async t => {
  for (const [first, second] of [
    ['channel', 'http'],
    ['http', 'channel'],
  ]) {
    const lab = await startLab(
      t,
      `
components:
  gateway:
    kind: api-gateway
    port: 18160
    routes:
      - { match: /first, to: echo, transport: ${first} }
      - { match: /second, to: echo, transport: ${second} }
  echo:
    kind: ${supportModule('echo.ts')}
    replicas: 2
`,
      { catalogs },
    )
    for (const path of ['/first', '/second', '/first', '/second']) {
      const reply = await httpCall(lab.url('gateway') + path)
      assert.deepEqual([reply.status, reply.json.path], [200, path], `${first} then ${second}`)
    }
    await lab.close()
  }
})

test('two links of one caller to the same replicas keep their own weights', async t => {
  const lab = await startLab(
    t,
    `
components:
  gateway:
    kind: api-gateway
    port: 18160
    routes:
      - { match: /first, to: [a, b], policy: { weighted-round-robin: { a: 3, b: 1 } } }
      - { match: /second, to: [a, b], policy: { weighted-round-robin: { a: 1, b: 3 } } }
  a:
    kind: ${supportModule('echo.ts')}
  b:
    kind: ${supportModule('echo.ts')}
`,
    { catalogs },
  )
  const counts = async (): Promise<number[]> => {
    const { components } = await lab.lab.status()
    return [components.a!.received, components.b!.received]
  }
  for (let turn = 0; turn < 8; turn++) await httpCall(`${lab.url('gateway')}/first`)
  assert.deepEqual(await counts(), [6, 2])
  for (let turn = 0; turn < 8; turn++) await httpCall(`${lab.url('gateway')}/second`)
  assert.deepEqual(await counts(), [8, 8])
})
