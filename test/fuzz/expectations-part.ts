import assert from 'node:assert/strict'
import {
  ArchlabError,
  parseDistribution,
  parseDuration,
  parseRate,
  parseRatio,
  parseSize,
  UnitError,
} from '@archlab/runtime/kit'
import { parseOperation } from '@archlab/runtime/lab'
import { ExpectationError, type KnownNames, parseCompared, parseExpectation } from '@archlab/runtime/topology'
import fc from 'fast-check'
import { type FuzzPart, probe } from './part.ts'
import { quick } from './quick.ts'
import { word } from './texts.ts'

const WORDS = [
  ...[
    'p50',
    'p95',
    'p99.9',
    'mean',
    'max',
    'latency',
    'service',
    'lag',
    'errors',
    'dropped',
    'status',
    '429',
    '2xx',
    'rate',
  ],
  ...[
    'throughput',
    'goodput',
    'requests',
    'recovery',
    'utilisation',
    'executions',
    'of',
    'GET /data',
    'api',
    'constructor',
  ],
  ...[
    '<',
    '<=',
    '>',
    '=',
    '==',
    '!=',
    '50ms',
    '1%',
    '990/s',
    '0',
    '-1',
    '1e9',
    'after',
    'before',
    'between',
    'and',
    'during',
  ],
  ...['kill', '10s', '99999999h'],
]
const ACTIONS = ['kill', 'exit', 'throw', 'restart', 'drain', 'undrain', 'hang', 'partition', 'slow', 'fault', 'edit']

const sentence = fc
  .array(fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...WORDS) }, { weight: 1, arbitrary: word }), {
    maxLength: 12,
  })
  .chain(words => fc.constantFrom(' ', ' ', ' ', '', '\t', '\n').map(blank => words.join(blank)))

/** Any value that YAML or JSON can give, near what is read. */
const value: fc.Arbitrary<unknown> = fc.letrec(tie => ({
  any: fc.oneof(
    { maxDepth: 3 },
    fc.oneof(word, fc.double(), fc.integer(), fc.constantFrom(null, true, '10ms', 'api/0', '50%', '5/s', '64kb')),
    fc.array(tie('any'), { maxLength: 3 }),
    fc.dictionary(
      fc.constantFrom(
        'exponential',
        'uniform',
        'erlang',
        'lognormal',
        'hyperexponential',
        'k',
        'mean',
        'cv',
        '__proto__',
      ),
      tie('any'),
      { maxKeys: 3 },
    ),
  ),
})).any
const operation = fc.dictionary(
  fc.constantFrom(...ACTIONS, 'for', 'by', 'ratio', 'status', 'at', 'constructor'),
  value,
  {
    maxKeys: 4,
  },
)

const KNOWN: readonly KnownNames[] = [
  { requests: null, components: null, actions: [] },
  { requests: ['GET /data'], components: new Map([['api', null]]), actions: ['kill'] },
  { requests: ['GET /data'], components: new Map([['api', new Map()]]), actions: ['kill', 'edit'] },
]

const READERS: Readonly<Record<string, (value: unknown) => unknown>> = {
  duration: parseDuration,
  size: parseSize,
  rate: parseRate,
  ratio: parseRatio,
  distribution: parseDistribution,
}

const input = fc.record({ sentence, known: fc.nat(KNOWN.length - 1), value, operation })

/** Small grammars: each gives a value, or the error of its kind with a place or a hint. */
export const expectationsPart: FuzzPart = {
  name: 'expectations',
  about: 'expectations, measures, units, distributions and events of the environment',
  alone: true,
  async prepare() {
    return probe({
      inputs: input,
      async check({ sentence, known, value, operation }) {
        await quick(() => {
          const names = KNOWN[known]!
          orPlaced(sentence, () => parseExpectation(sentence, names))
          orPlaced(sentence, () => parseCompared(sentence, names.requests))
          for (const [name, read] of Object.entries(READERS)) {
            for (const one of [value, sentence]) {
              const result = orError(
                () => read(one),
                error => error instanceof UnitError && error.hint !== '',
              )
              if (typeof result === 'number') assert.ok(result >= 0 && Number.isFinite(result), `${name} is ${result}`)
            }
          }
          orError(
            () => parseOperation(operation),
            error => error instanceof ArchlabError,
          )
        })
      },
    })
  },
}

/** What an expectation cannot be read for stands at a place of it. */
function orPlaced(text: string, read: () => unknown): void {
  orError(read, error => {
    if (!(error instanceof ExpectationError)) return false
    const { at, width, hint, message } = error
    return at >= 0 && at <= text.length && width >= 1 && message !== '' && hint !== undefined
  })
}

function orError<Value>(read: () => Value, expected: (error: unknown) => boolean): Value | undefined {
  try {
    return read()
  } catch (error) {
    if (expected(error)) return undefined
    throw error
  }
}
