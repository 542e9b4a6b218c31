import assert from 'node:assert/strict'
import { test } from 'node:test'
import { codes, loadText } from './fixtures/load-text.ts'

const text = (resources: string): string => `components: { api: { kind: store, port: 5000, resources: ${resources} } }`

/** A value of a topology that comes from the environment. */
const variable = (name: string): string => `"\${${name}}"`

/** The resources of a component that is well. */
async function resourcesOf(resources: string, env: Record<string, string> = {}) {
  const { topology, problems } = await loadText(text(resources), { env })
  assert.deepEqual(problems, [])
  return topology!.components.api!.resources
}

const cpu = async (amount: string, env: Record<string, string> = {}): Promise<number | null> =>
  (await resourcesOf(`{ limits: { cpu: ${amount} } }`, env)).limits.cpuCores

test('an amount of CPU is read as thousandths of a core or as cores', async () => {
  assert.equal(await cpu('500m'), 0.5)
  assert.equal(await cpu('1500m'), 1.5)
  assert.equal(await cpu('0.5'), 0.5)
  assert.equal(await cpu('.25'), 0.25)
  assert.equal(await cpu('"2"'), 2)
  assert.equal(await cpu('2'), 2)
  assert.equal(await cpu(variable('CPU'), { CPU: '0.1' }), 0.1)
  assert.equal(await cpu(variable('CPU:-250m')), 0.25)
})

test('thousandths that binary numbers cannot hold are still thousandths', async () => {
  for (const millicores of [1, 3, 57, 1001, 8003]) assert.equal(await cpu(String(millicores / 1000)), millicores / 1000)
})

test('a request that is left out is the limit, and a limit that is left out is none', async () => {
  assert.deepEqual(await resourcesOf('{ limits: { memory: 64mb, cpu: 1 } }'), {
    requests: { memoryBytes: 64 * 1024 ** 2, cpuCores: 1 },
    limits: { memoryBytes: 64 * 1024 ** 2, cpuCores: 1 },
  })
  assert.deepEqual(await resourcesOf('{ requests: { memory: 64mb, cpu: 1 } }'), {
    requests: { memoryBytes: 64 * 1024 ** 2, cpuCores: 1 },
    limits: { memoryBytes: null, cpuCores: null },
  })
  const nothing = { memoryBytes: null, cpuCores: null }
  assert.deepEqual(await resourcesOf('{}'), { requests: nothing, limits: nothing })
})

test('a request may be as much as the limit, however the two are written', async () => {
  const { requests, limits } = await resourcesOf(
    '{ requests: { memory: 1gb, cpu: 500m }, limits: { memory: 1024mb, cpu: 0.5 } }',
  )
  assert.deepEqual(requests, limits)
})

for (const amount of ['500M', '0.5 cores', '1e3', '-1', '0x10', '1m m', '""', '1.2.3']) {
  test(`"${amount}" is no amount of CPU`, async () => {
    assert.deepEqual(codes(await loadText(text(`{ requests: { cpu: "${amount.replaceAll('"', '')}" } }`))), [
      'BAD_UNIT',
    ])
  })
}

test('what a variable holds is not shown when it is no amount of CPU', async () => {
  const result = await loadText(text(`{ requests: { cpu: ${variable('CPU')} } }`), { env: { CPU: 'hunter2' } })
  assert.deepEqual(codes(result), ['BAD_UNIT'])
  assert.doesNotMatch(JSON.stringify(result.problems), /hunter2/)
})

test('threads are per replica by default, and a number may come from a variable', async () => {
  const threads = async (line: string, env: Record<string, string> = {}) => {
    const { topology, problems } = await loadText(`${line}\ncomponents: { api: { kind: store, port: 5000 } }`, { env })
    assert.deepEqual(problems, [])
    return topology!.threads
  }
  assert.equal(await threads(''), 'per-replica')
  assert.equal(await threads('threads: per-replica'), 'per-replica')
  assert.equal(await threads('threads: 1'), 1)
  assert.equal(await threads(`threads: ${variable('THREADS')}`, { THREADS: '256' }), 256)
})

for (const given of ['0', '257', '-1']) {
  test(`threads: ${given} is out of range`, async () => {
    const result = await loadText(`threads: ${given}\ncomponents: { api: { kind: store, port: 5000 } }`)
    assert.deepEqual(codes(result), ['OUT_OF_RANGE'])
  })
}

for (const given of ['2.5', '"4"', 'true', '[4]', '', 'per-component']) {
  test(`threads: ${given === '' ? 'nothing' : given} is of the wrong type`, async () => {
    const result = await loadText(`threads: ${given}\ncomponents: { api: { kind: store, port: 5000 } }`)
    assert.deepEqual(codes(result), ['WRONG_TYPE'])
  })
}

test('a patch sets the number of threads of a file that says nothing about it', async () => {
  const { topology } = await loadText('components: { api: { kind: store, port: 5000 } }', { set: ['threads=3'] })
  assert.equal(topology?.threads, 3)
})
