import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CODES } from '../kit/index.ts'
import { formatProblems } from '../topology/index.ts'
import { importText, problemsOf } from './fixtures/import-text.ts'

/** What is wrong, a file with it, and every problem of it as `CODE line:column`, in the order of the text. */
const BROKEN: readonly (readonly [string, string, readonly string[]])[] = [
  ['an empty file', '', ['SYNTAX 1:1']],
  ['no YAML', 'services: [ { name: a }', ['SYNTAX 1:24']],
  ['a tab as indentation', 'services:\n\t- name: a\n', ['SYNTAX 2:1']],
  ['several documents', 'services: []\n---\nservices: []\n', ['SYNTAX 2:1']],
  ['an alias that names nothing', 'services:\n- name: *a\n', ['SYNTAX 2:9']],
  ['a number', '5', ['UNKNOWN_FORMAT 1:1']],
  ['another mapping', 'kind: Service\nmetadata: { name: a }\n', ['UNKNOWN_FORMAT 1:1']],
  ['no list of services', 'services: 5\n', ['WRONG_TYPE 1:11']],
  ['no service', 'services: []\n', ['MISSING 1:11']],
  [
    'services without a name, or that are none',
    `services:
- { script: [ { sleep: 1s } ] }
- a
- { name: }
- { name: [ a ] }
`,
    ['MISSING 2:3', 'WRONG_TYPE 3:3', 'MISSING 4:5', 'WRONG_TYPE 5:11'],
  ],
  [
    'names that cannot be used, or come twice',
    `services:
- { name: a }
- { name: "!!" }
- { name: constructor }
- { name: a }
- { name: A_b }
- { name: a-b }
- { name: ${'n'.repeat(64)} }
`,
    ['BAD_NAME 3:11', 'BAD_NAME 4:11', 'DUPLICATE 5:11', 'NAME_CLASH 7:11', 'BAD_NAME 8:11'],
  ],
  ['a key written twice', 'services:\n- name: a\n  name: b\n', ['DUPLICATE 3:3']],
  [
    'values of the wrong type',
    `defaults: 5
services:
- name: a
  isEntrypoint: "yes"
  numReplicas: many
  errorRate: [ 5% ]
  responseSize: { kb: 1 }
  script: 10ms
  type: 5
`,
    [
      'WRONG_TYPE 1:11',
      'WRONG_TYPE 4:17',
      'WRONG_TYPE 5:16',
      'WRONG_TYPE 6:14',
      'WRONG_TYPE 7:17',
      'WRONG_TYPE 8:11',
      'BAD_VALUE 9:9',
    ],
  ],
  [
    'values out of range or without their unit',
    `services:
- name: a
  numReplicas: 0
  errorRate: 101%
  responseSize: 1 XB
  type: soap
  script:
  - sleep: 10
  - sleep: -1s
  - sleep: 25h
  - call: { service: b, size: -5, probability: 101 }
  - call: { service: b, probability: 12.5 }
- name: b
  numReplicas: 1.5
`,
    [
      'BAD_VALUE 3:16',
      'BAD_VALUE 4:14',
      'BAD_VALUE 5:17',
      'BAD_VALUE 6:9',
      'BAD_VALUE 8:12',
      'BAD_VALUE 9:12',
      'BAD_VALUE 10:12',
      'BAD_VALUE 11:31',
      'BAD_VALUE 11:48',
      'BAD_VALUE 12:38',
      'BAD_VALUE 14:16',
    ],
  ],
  [
    'commands that are none',
    `services:
- name: a
  script:
  - wait: 10ms
  - sleep: 1ms
    call: b
  - {}
  - b
  - call: { size: 1K }
  - call: [ b ]
  - - - call: b
  - - sleep: 1ms
    - jump: b
- name: b
`,
    [
      'BAD_COMMAND 4:11',
      'BAD_COMMAND 5:5',
      'BAD_COMMAND 7:5',
      'WRONG_TYPE 8:5',
      'MISSING 9:11',
      'WRONG_TYPE 10:11',
      'BAD_COMMAND 11:7',
      'BAD_COMMAND 13:13',
    ],
  ],
  [
    'calls of nobody, also in defaults',
    `defaults: { script: [ { call: nobody } ] }
services:
- { name: a, script: [ { call: bb }, [ { call: { service: c } } ] ] }
- { name: b }
`,
    ['UNKNOWN_SERVICE 1:31', 'UNKNOWN_SERVICE 3:32', 'UNKNOWN_SERVICE 3:59'],
  ],
  [
    'calls that go round',
    `services:
- { name: a, script: [ { call: b } ] }
- { name: b, script: [ [ { call: c }, { sleep: 1s } ] ] }
- { name: c, script: [ { call: { service: a, probability: 1 } } ] }
- { name: d, script: [ { call: d } ] }
`,
    ['CYCLE 4:43', 'CYCLE 5:32'],
  ],
  ['a work model without calls', '{\n  "s0": { "internal_service": { "compute_pi": {} } }\n}\n', ['MISSING 2:9']],
  ['a work model with a service that is none', '{ "s0": { "external_services": [] }, "s1": 5 }', ['WRONG_TYPE 1:44']],
  [
    'groups that are none',
    `{
  "s0": {
    "external_services": [
      "s1",
      { "services": ["s1"] },
      { "seq_len": 1 },
      { "seq_len": "all", "services": "s1" },
      { "seq_len": -1, "services": ["s2"], "probabilities": ["s2"] },
      { "seq_len": 1, "services": ["s1", 5, ["s1"]], "probabilities": { "s1": 1.5, "s3": "x" } }
    ],
    "internal_service": {}
  },
  "s1": { "external_services": {}, "internal_service": [] }
}
`,
    [
      'WRONG_TYPE 4:7',
      'MISSING 5:7',
      'MISSING 6:7',
      'WRONG_TYPE 7:20',
      'WRONG_TYPE 7:39',
      'BAD_VALUE 8:20',
      'UNKNOWN_SERVICE 8:37',
      'WRONG_TYPE 8:61',
      'UNKNOWN_SERVICE 9:42',
      'WRONG_TYPE 9:45',
      'BAD_VALUE 9:79',
      'WRONG_TYPE 9:90',
      'MISSING 11:25',
      'WRONG_TYPE 13:32',
      'WRONG_TYPE 13:56',
    ],
  ],
  [
    'functions and resources that cannot be',
    `{
  "s0": {
    "external_services": [],
    "internal_service": { "compute_pi": { "range_complexity": [100, 50], "mean_response_size": -1 } },
    "replicas": 1001, "cpu-requests": "2", "cpu-limits": "1000m", "memory-requests": "2Gi", "memory-limits": "1Gi"
  },
  "s1": {
    "external_services": [],
    "internal_service": { "loader": { "cpu_stress": { "run": 1, "trials": 1.5 }, "sleep_stress": { "sleep_time": "x" } } },
    "cpu-requests": "lots", "memory-limits": "1 GB", "request_method": "soap"
  },
  "s2": { "external_services": [], "internal_service": { "compute_pi": { "range_complexity": [1] } } },
  "s3": {
    "external_services": [],
    "internal_service": { "f": 5 },
    "request_method": "post",
    "request_parameters": { "request_dist": "normal", "request_size": "1" }
  }
}
`,
    [
      'BAD_VALUE 4:63',
      'BAD_VALUE 4:96',
      'BAD_VALUE 5:17',
      'BAD_VALUE 5:39',
      'BAD_VALUE 5:86',
      'WRONG_TYPE 9:62',
      'BAD_VALUE 9:75',
      'WRONG_TYPE 9:114',
      'BAD_VALUE 10:21',
      'BAD_VALUE 10:46',
      'BAD_VALUE 10:72',
      'BAD_VALUE 12:94',
      'WRONG_TYPE 15:32',
      'BAD_VALUE 17:45',
      'WRONG_TYPE 17:71',
    ],
  ],
  [
    'calls of a work model that go round',
    `{
  "s0": { "external_services": [{ "seq_len": 1, "services": ["s1"], "probabilities": { "s1": 0 } }] },
  "s1": { "external_services": [{ "seq_len": 1, "services": ["s0"] }] }
}
`,
    ['CYCLE 3:62'],
  ],
]

for (const [name, text, expected] of BROKEN) {
  test(`${name}: exactly the problems listed, each at its line and column`, () => {
    assert.deepEqual(
      problemsOf(text),
      expected.map(problem => `IMPORT_${problem}`),
    )
  })
}

test('every code of a file that cannot be imported is among the broken ones', () => {
  const given = new Set(BROKEN.flatMap(([, , problems]) => problems.map(one => `IMPORT_${one.split(' ')[0]}`)))
  const ofCommand = ['IMPORT_UNREADABLE', 'IMPORT_OUTPUT_EXISTS', 'IMPORT_OUTPUT_UNWRITABLE']
  const codes = Object.keys(CODES).filter(code => code.startsWith('IMPORT_') && !ofCommand.includes(code))
  assert.deepEqual([...given].sort(), codes.sort())
})

const HINTS: readonly (readonly [string, RegExp, RegExp])[] = [
  ['services: [ { name: cart, script: [ { call: crat } ] } ]', /no service is called "crat"/, /did you mean "cart"\?/],
  ['services: [ { name: a, script: [ { sleep: 10 } ] } ]', /10 has no unit/, /100ms, 1.5s, 1m30s/],
  ['services: [ { name: a, script: [ { calls: b } ] } ]', /no command "calls"/, /sleep, call/],
  [
    'services: [ { name: a, script: [ { call: b } ] }, { name: b, script: [ { call: a } ] } ]',
    /a → b → a/,
    /remove one of these calls/,
  ],
  ['{ "s0": { "internal_service": { "f": {} } } }', /"external_services" is missing/, /file of their own/],
  ['a: 1', /none of the formats/, /"services:".*"external_services".*--format/],
  ['', /nothing in it/, /right file/],
]

for (const [text, message, hint] of HINTS) {
  test(`what is wrong with ${text || 'nothing'} says how to mend it`, () => {
    const [problem] = importText(text).problems
    assert.match(problem!.message, message)
    assert.match(problem!.hint ?? '', hint)
  })
}

test('a problem is shown with its line and a caret', () => {
  const text = 'services:\n- name: a\n  errorRate: 5\n'
  const { problems } = importText(text)
  assert.equal(
    formatProblems(problems, [{ name: 'graph.yaml', text }]),
    [
      'graph.yaml:3:14  IMPORT_BAD_VALUE  services.0.errorRate: 5 is not from 0 to 100%',
      '    3 |   errorRate: 5',
      '      |              ^',
      '  hint: write a percentage from 0% to 100%, or a number from 0 to 1',
    ].join('\n'),
  )
})

test('the format can be named: then the file is read as that', () => {
  assert.deepEqual(problemsOf('a: { b: 1 }', { format: 'isotope' }), ['IMPORT_MISSING 1:1'])
  assert.deepEqual(problemsOf('a: { b: 1 }', { format: 'mubench' }), ['IMPORT_MISSING 1:4'])
})
