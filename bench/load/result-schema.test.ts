import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Ajv } from 'ajv'
import { sampleResult } from '../report/test-sample-result.ts'

const schema = JSON.parse(readFileSync(new URL('./result.schema.json', import.meta.url), 'utf8'))
const validate = new Ajv({ strict: true, allowUnionTypes: true, allErrors: true }).compile(schema)

const SAMPLE = JSON.stringify(await sampleResult())
const plain = (): Record<string, any> => JSON.parse(SAMPLE)

test('the published schema describes a result', () => {
  assert.ok(validate(plain()), JSON.stringify(validate.errors, null, 2))
})

test('running averages are part of a result where they were asked for', () => {
  const averages = [{ replies: 100, meanMs: 5, lastMs: 5 }]
  const found = { everyReplies: 100, averages, replies: 120, meanMs: 5.2, interval: null }
  assert.ok(validate({ ...plain(), runningAverages: found }), JSON.stringify(validate.errors, null, 2))
  assert.equal(validate({ ...plain(), runningAverages: { ...found, everyReplies: 0 } }), false)
})

test('what happened to the lab is part of a result where the lab tells', () => {
  const happenings = [{ atMs: 5, event: 'edit', subjects: ['edge/0'], detail: 'components.edge.timeout' }]
  const { lab, ...rest } = plain()
  assert.ok(validate({ ...rest, lab: { ...lab, happenings } }), JSON.stringify(validate.errors, null, 2))
  assert.equal(validate({ ...rest, lab: { ...lab, happenings: [{ atMs: 5 }] } }), false)
})

/** Every object of the schema that lists its members, with its place. */
function* objectsOf(node: unknown, place: string): Generator<{ place: string; node: Record<string, any> }> {
  if (typeof node !== 'object' || node === null) return
  if ('properties' in node) yield { place, node: node as Record<string, any> }
  for (const [key, inner] of Object.entries(node)) yield* objectsOf(inner, `${place}/${key}`)
}

test('the schema says of every object which members it has, which must be there, and that there are no others', () => {
  const objects = [...objectsOf(schema, '')]
  assert.ok(objects.length > 20)
  for (const { place, node } of objects) {
    assert.equal(node.additionalProperties, false, place)
    for (const name of node.required) assert.ok(name in node.properties, `${place}: ${name}`)
  }
})

const CHANGES: Readonly<Record<string, (result: Record<string, any>) => void>> = {
  'a member that is missing': result => delete result.totals.lag,
  'a member that does not exist': result => {
    result.generator.mood = 'good'
  },
  'a count below 0': result => {
    result.totals.intended = -1
  },
  'a count with a fraction': result => {
    result.requests[0].intended = 1.5
  },
  'an unknown verdict': result => {
    result.validity.verdict = 'perhaps'
  },
  'arrivals of no form': result => {
    result.workload.arrivals = { type: 'sometimes' }
  },
  'a curve without its counts': result => {
    result.totals.latency.curve = [[0.5, 1]]
  },
  'another format': result => {
    result.format = 'archlab-load/2'
  },
}

for (const [what, change] of Object.entries(CHANGES)) {
  test(`the schema refuses ${what}`, () => {
    const result = plain()
    change(result)
    assert.equal(validate(result), false)
  })
}
