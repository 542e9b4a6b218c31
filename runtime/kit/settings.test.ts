import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as setting from './settings.ts'
import { decodeSettings, decodeValue, objectSchema } from './settings.ts'
import { UnitError } from './units.ts'

const doc = 'What it is for.'

test('names become camelCase with the unit last, and values are decoded', () => {
  const settings = {
    ttl: setting.duration({ doc }),
    'verdict-ttl': setting.duration({ doc }),
    'max-entry': setting.size({ doc }),
    'refill-per-key-2': setting.rate({ doc }),
    budget: setting.ratio({ doc }),
    latency: setting.distribution({ doc }),
    'max-entries': setting.integer({ doc, min: 1, max: 10 }),
    cv: setting.number({ doc, min: 0, max: 2 }),
    'key-file': setting.text({ doc }),
    coalesce: setting.flag({ doc }),
    algorithm: setting.choice(['a', 'b'], { doc }),
    store: setting.component({ doc }),
    password: setting.secret({ doc }),
    reply: setting.any({ doc }),
  }
  const decoded = decodeSettings(settings, {
    ttl: '30s',
    'verdict-ttl': '0ms',
    'max-entry': '64kb',
    'refill-per-key-2': '30/m',
    budget: '20%',
    latency: { exponential: '10ms' },
    'max-entries': 3,
    cv: 1.5,
    'key-file': 'key.pem',
    coalesce: false,
    algorithm: 'b',
    store: 'cache',
    password: 'hush',
    reply: { any: ['thing'] },
  })
  assert.deepEqual(decoded, {
    ttlMs: 30_000,
    verdictTtlMs: 0,
    maxEntryBytes: 65_536,
    refillPerKey2PerSecond: 0.5,
    budgetRatio: 0.2,
    latency: { type: 'exponential', meanMs: 10 },
    maxEntries: 3,
    cv: 1.5,
    keyFile: 'key.pem',
    coalesce: false,
    algorithm: 'b',
    store: 'cache',
    password: 'hush',
    reply: { any: ['thing'] },
  })
  assert.ok(Object.isFrozen(decoded))
})

test('a name that says its unit already is not given it twice', () => {
  const settings = { 'failure-ratio': setting.ratio({ doc }), 'per-ms': setting.duration({ doc }) }
  const { failureRatio, perMs } = decodeSettings(settings, { 'failure-ratio': '50%', 'per-ms': '1s' })
  assert.deepEqual([failureRatio, perMs], [0.5, 1000])
})

test('a setting that is not given takes its default, also a falsy one, and an optional one is absent', () => {
  const settings = {
    ttl: setting.duration({ doc, default: '250ms' }),
    verdicts: setting.integer({ doc, default: 0, min: 0, max: 9 }),
    coalesce: setting.flag({ doc, default: false }),
    key: setting.text({ doc, default: '' }),
    store: setting.component({ doc, optional: true }),
  }
  const decoded = decodeSettings(settings, {})
  assert.deepEqual(decoded, { ttlMs: 250, verdicts: 0, coalesce: false, key: '' })
  assert.equal('store' in decoded, false)
  assert.equal(decodeSettings(settings, { ttl: '1s' }).ttlMs, 1000)
})

test('lists and groups are decoded down to their values, groups with names as in code', () => {
  const settings = {
    delays: setting.list(setting.duration({ doc }), { doc, default: ['1ms', '1s'] }),
    probe: setting.group(
      { 'after-time': setting.duration({ doc, default: '5s' }), share: setting.ratio({ doc, optional: true }) },
      { doc },
    ),
    users: setting.list(setting.group({ 'user-name': setting.text({ doc }) }, { doc }), { doc }),
  }
  const decoded = decodeSettings(settings, { probe: { share: '50%' }, users: [{ 'user-name': 'user1' }] })
  assert.deepEqual(decoded, {
    delays: [1, 1000],
    probe: { afterTimeMs: 5000, shareRatio: 0.5 },
    users: [{ userName: 'user1' }],
  })
  assert.ok(Object.isFrozen(decoded.probe))
})

test('a value that cannot be read is refused with a UnitError, wherever it stands', () => {
  const list = setting.list(setting.group({ ttl: setting.duration({ doc }) }, { doc }), { doc })
  assert.throws(() => decodeValue(list, [{ ttl: '10 parsecs' }]), UnitError)
  assert.throws(() => decodeSettings({ size: setting.size({ doc }) }, { size: '1' }), UnitError)
})

test('keys that no setting declares are left out, inherited ones too', () => {
  const settings = { key: setting.text({ doc, default: 'x' }) }
  const given = JSON.parse('{"key":"y","__proto__":{"polluted":1},"constructor":2}')
  const decoded = decodeSettings(settings, given)
  assert.deepEqual(Object.keys(decoded), ['key'])
  assert.equal(Object.getPrototypeOf(decoded), Object.prototype)
})

test('the schema of settings refuses unknown keys and requires what has neither default nor is optional', () => {
  const settings = {
    given: setting.text({ doc }),
    defaulted: setting.flag({ doc, default: false }),
    absent: setting.text({ doc, optional: true }),
  }
  assert.deepEqual(objectSchema(settings), {
    type: 'object',
    additionalProperties: false,
    properties: settings,
    required: ['given'],
  })
  // Draft-04 refused an empty `required`, and editors still carry such checkers: it is left out.
  assert.equal('required' in objectSchema({ absent: settings.absent }), false)
})

test('a setting is a JSON Schema that carries its bounds, unit, default and documentation', () => {
  assert.deepEqual(setting.integer({ doc, min: 1, max: 9, unit: 'entries', default: 3 }), {
    type: 'integer',
    minimum: 1,
    maximum: 9,
    'x-unit': 'entries',
    default: 3,
    description: doc,
    'x-archlab': 'integer',
  })
  assert.partialDeepStrictEqual(setting.text({ doc, pattern: '^a$' }), { type: 'string', pattern: '^a$' })
  assert.partialDeepStrictEqual(setting.choice(['a', 'b'], { doc }), { enum: ['a', 'b'] })
  assert.partialDeepStrictEqual(setting.group({ a: setting.text({ doc }) }, { doc }), { required: ['a'] })
  assert.equal(setting.list(setting.text({ doc }), { doc }).items?.['x-archlab'], 'text')
})
