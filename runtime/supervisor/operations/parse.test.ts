import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ArchlabError } from '../../kit/index.ts'
import { parseOperation } from './parse.ts'

test('operations read like events of an environment', () => {
  const cases: [unknown, unknown][] = [
    [{ kill: 'api/0' }, { action: 'kill', target: 'api/0' }],
    [
      { hang: 'api/0', for: '3s' },
      { action: 'hang', target: 'api/0', forMs: 3000 },
    ],
    [{ drain: 'api/0' }, { action: 'drain', target: 'api/0' }],
    [{ undrain: 'api' }, { action: 'undrain', target: 'api' }],
    [{ hang: 'api/0' }, { action: 'hang', target: 'api/0', forMs: null }],
    [
      { slow: 'db', by: '200ms', for: '10s' },
      { action: 'slow', target: 'db', by: { type: 'constant', valueMs: 200 }, forMs: 10_000 },
    ],
    [
      { fault: 'api', ratio: '50%', status: 503 },
      { action: 'fault', target: 'api', ratio: 0.5, status: 503, by: null, forMs: null },
    ],
    [{ fault: 'api' }, { action: 'fault', target: 'api', ratio: 1, status: null, by: null, forMs: null }],
    [{ leak: 'api/0' }, { action: 'leak', target: 'api/0', sizeBytes: 1024 ** 2, everyMs: 10, forMs: null }],
    [
      { leak: 'api', size: '64kb', every: '1ms', for: '3s' },
      { action: 'leak', target: 'api', sizeBytes: 65_536, everyMs: 1, forMs: 3000 },
    ],
    [
      { 'disk-full': 'db', for: '1s' },
      { action: 'disk-full', target: 'db', forMs: 1000 },
    ],
    [{ drop: 'api/0' }, { action: 'drop', target: 'api/0', ratio: 1, forMs: null }],
    [
      { corrupt: 'api', ratio: '5%' },
      { action: 'corrupt', target: 'api', ratio: 0.05, forMs: null },
    ],
    [{ edit: { 'components.api.replicas': 2 } }, { action: 'edit', patches: { 'components.api.replicas': 2 } }],
  ]
  for (const [words, operation] of cases) assert.deepEqual(parseOperation(words), operation)
})

test('what is no operation is refused with a word about it', () => {
  const cases: [unknown, RegExp][] = [
    [null, /is an object/],
    [['kill'], /is an object/],
    [{}, /no action/],
    [{ constructor: 'x' }, /no action/],
    [{ kill: 'a', restart: 'b' }, /"kill" and "restart"/],
    [{ kill: 5 }, /must name/],
    [{ kill: 'a', for: '1s' }, /"kill" has no "for"/],
    [{ hang: 'a', for: 3 }, /has no unit/],
    [{ slow: 'a' }, /needs "by"/],
    [{ fault: 'a', status: 99 }, /not a status/],
    [{ fault: 'a', status: { toString: null, valueOf: null } }, /not a status/],
    [{ fault: 'a', ratio: '120%' }, /more than 100%/],
    [{ leak: 'a', size: '1gb' }, /out of range/],
    [{ drop: 'a', by: '1ms' }, /"drop" has no "by"/],
    [{ edit: {} }, /must be patches/],
  ]
  for (const [words, message] of cases) {
    assert.throws(() => parseOperation(words), { code: 'OPERATION_MALFORMED', message })
  }
})

test('any JSON is an operation or refused, never a crash', () => {
  fc.assert(
    fc.property(
      fc.dictionary(
        fc.constantFrom('kill', 'slow', 'fault', 'leak', 'by', 'for', 'ratio', 'size', 'edit', 'x'),
        fc.jsonValue(),
      ),
      words => {
        try {
          assert.equal(typeof parseOperation(words).action, 'string')
        } catch (error) {
          assert.ok(error instanceof ArchlabError && error.code === 'OPERATION_MALFORMED', String(error))
        }
      },
    ),
  )
})
