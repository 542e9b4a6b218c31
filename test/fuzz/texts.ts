import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** Topologies that are right, to begin with. */
export const TOPOLOGIES: readonly string[] = [
  'topology.yaml',
  ...readdirSync(`${ROOT}examples`)
    .filter(name => name.endsWith('.yaml') && !name.includes('compose'))
    .map(name => `examples/${name}`),
].map(path => readFileSync(ROOT + path, 'utf8'))

/** Every word of theirs: a mutation that puts one elsewhere stays near the grammar. */
const OWN_WORDS = [...new Set(TOPOLOGIES.flatMap(text => text.match(/[A-Za-z0-9][\w./%-]*/g) ?? []))]

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: the form that users write
const STRANGE_WORDS = [
  ...[
    '',
    ' ',
    '~',
    'null',
    'true',
    'off',
    '[]',
    '{}',
    '[[]]',
    '{ a: { a: 1 } }',
    '[1, two, { three: 4 }]',
    '"',
    "'",
    '#',
  ],
  ...[
    '0',
    '-0',
    '-1',
    '1.5',
    '.5',
    '1e999',
    '-.inf',
    '.nan',
    '0x10',
    '0o7',
    '1_000',
    '99999999999999999999',
    '9007199254740993',
  ],
  ...[
    '0ms',
    '-5s',
    '1e3ms',
    '5 s',
    '9e99d',
    '999999999999h',
    '1.2.3ms',
    '100%',
    '101%',
    '-1%',
    '1e9/s',
    '0/s',
    '1/0',
    '5xb',
  ],
  ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '__defineGetter__', 'valueOf'],
  ...[
    '&a x',
    '*a',
    '&a [*a]',
    '<<',
    '<<: *a',
    '!!binary x',
    '!!set { a }',
    '!foo x',
    '? a',
    '| ',
    '>-',
    '--- ',
    '...',
    '%YAML 9',
  ],
  ...[
    '${A}',
    '${A:-5}',
    '$${',
    '${',
    '${A:-${B}}',
    '*',
    '**',
    '#2',
    'a#2',
    '.',
    '..',
    'a.b',
    '../../x',
    './x.ts',
    '/',
    '//',
  ],
  ...[
    '\t',
    '\u0000',
    '\u2028',
    '\ufeff',
    '\ud800',
    '\u{1f600}',
    'e\u0301',
    '\r',
    '\u0085',
    '\\',
    '\\x',
    '\u007f',
    '\u202e',
  ],
  ...[
    'GET /x',
    'GET',
    'get /x',
    'GET x',
    'GET /{id}',
    'GET /{id}/{id}',
    'GET /%zz',
    'TRACE *',
    'GET /a?b=#c',
    '/*',
    '/:a/:a',
  ],
  ...[
    'http://a',
    'redis://u:p@h:x',
    'postgres://',
    '[::1]',
    '0.0.0.0',
    '1.2.3.4:99999',
    'exponential',
    'uniform',
    'erlang',
  ],
  ...[
    '{ exponential: 5ms }',
    '{ uniform: [5ms, 1ms] }',
    '{ erlang: { k: 9999, mean: 1ms } }',
    '{ lognormal: { mean: 1s, cv: -1 } }',
  ],
]
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: the form that users write

const REPEATED = [
  ...['? ', '- a: ', ': ', '&a - ', '[? ', '{? a: ', '*', '*a*', '!!seq - '],
  'a',
  ' ',
  '*a',
  'a:',
  ':',
  '[',
  '{ a: ',
  '- ',
  'a.',
  '/',
  '"',
  '${A:-',
  '&a ',
  '\n',
  '9',
  '<',
  'of ',
  'é',
  ',',
  '{a}',
  '\t',
  'x\n',
]

/** Something short that somebody might put anywhere, and now and then something long. */
export const word: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...STRANGE_WORDS) },
  { weight: 6, arbitrary: fc.constantFrom(...OWN_WORDS) },
  { weight: 2, arbitrary: fc.string({ maxLength: 8 }) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom(...REPEATED), fc.nat(9)).map(([one, power]) => one.repeat(3 ** power)),
  },
)

const KINDS = ['value', 'key', 'line', 'insert', 'drop', 'copy', 'indent', 'outdent', 'cut', 'token', 'move'] as const

/** One change of a text. */
export interface Mutation {
  readonly kind: (typeof KINDS)[number]
  /** Which line or token, counted round. */
  readonly at: number
  readonly word: string
}

/** Some changes of a text. */
export const mutations: fc.Arbitrary<Mutation[]> = fc.array(
  fc.record({ kind: fc.constantFrom(...KINDS), at: fc.nat(100_000), word }),
  { minLength: 1, maxLength: 6 },
)

/** The text with changes made, one after the other. */
export const mutate = (text: string, changes: readonly Mutation[]): string => changes.reduce(changed, text)

function changed(text: string, { kind, at, word }: Mutation): string {
  if (kind === 'cut') return text.slice(0, at % (text.length + 1)) + word
  if (kind === 'token') {
    const tokens = [...text.matchAll(/[\w./%-]+/g)]
    const token = tokens[at % Math.max(1, tokens.length)]
    return token ? text.slice(0, token.index) + word + text.slice(token.index + token[0].length) : word
  }
  const lines = text.split('\n')
  const index = at % lines.length
  const line = lines[index]!
  const colon = line.indexOf(':')
  switch (kind) {
    case 'value':
      lines[index] = colon < 0 ? line + word : `${line.slice(0, colon)}: ${word}`
      break
    case 'key':
      lines[index] = colon < 0 ? `${word}: ${line}` : `${/^ */.exec(line)![0]}${word}${line.slice(colon)}`
      break
    case 'line':
      lines[index] = /^[ -]*/.exec(line)![0] + word
      break
    case 'insert':
      lines.splice(index, 0, `${/^ */.exec(line)![0]}${word}: ${word}`)
      break
    case 'drop':
      lines.splice(index, 1)
      break
    case 'copy':
      lines.splice(index, 0, line)
      break
    case 'indent':
      lines[index] = ` ${line}`
      break
    case 'outdent':
      lines[index] = line.slice(1)
      break
    case 'move':
      lines.push(...lines.splice(index, 1))
      break
  }
  return lines.join('\n')
}
