import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseYaml } from '../topology/parse.ts'
import { Problems } from '../topology/problems.ts'
import { Source } from '../topology/source.ts'
import { toPlain } from '../topology/tree.ts'
import type { TopologyData } from './assemble.ts'
import { importText } from './fixtures/import-text.ts'
import { headLines } from './head.ts'
import { yamlText } from './yaml-text.ts'

function parsed(text: string): unknown {
  const problems = new Problems()
  const source = new Source('text', text)
  const tree = parseYaml(source, problems)
  assert.deepEqual(problems.sorted([source]), [])
  return toPlain(tree!)
}

test('one component after the other, each step on a line, long groups on several', () => {
  const calls = (count: number): object[] => Array.from({ length: count }, (_, at) => ({ call: `service-${at}` }))
  const text = yamlText(
    {
      name: 'shop',
      components: {
        front: {
          kind: 'thing',
          port: 8000,
          links: { a: { to: 'a', timeout: '20s' } },
          script: [
            { work: { cpu: { uniform: ['1ms', '2ms'] } } },
            { parallel: [...calls(5), calls(5)], chance: '5%' },
            { parallel: [{ call: 'a' }] },
          ],
        },
        1: { kind: 'thing', replicas: 2 },
      },
    },
    ['Imported.', '  a hint'],
  )
  assert.equal(
    text,
    `# Imported.
#   a hint

name: shop
components:
  "1":
    kind: thing
    replicas: 2
  front:
    kind: thing
    port: 8000
    links:
      a: { to: a, timeout: 20s }
    script:
      - { work: { cpu: { uniform: [ 1ms, 2ms ] } } }
      - parallel:
          - { call: service-0 }
          - { call: service-1 }
          - { call: service-2 }
          - { call: service-3 }
          - { call: service-4 }
          - [ { call: service-0 }, { call: service-1 }, { call: service-2 }, { call: service-3 }, { call: service-4 } ]
        chance: 5%
      - { parallel: [ { call: a } ] }
`,
  )
})

test('any text, number and nesting comes back from the parser as it went in', () => {
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom(
      'null',
      'true',
      '1',
      '1e3',
      '0x1f',
      '-',
      '~',
      'no',
      '5%',
      '1.5',
      '._',
      'a: b',
      'a #b',
      ' a',
      '=',
      '!x',
      '<<',
    ),
  )
  const value = fc.letrec(tie => ({
    value: fc.oneof(
      { maxDepth: 4 },
      text,
      fc.integer(),
      fc.array(tie('value'), { maxLength: 5 }),
      fc.dictionary(
        text.filter(key => key !== '__proto__' && key !== '<<'),
        tie('value'),
        { maxKeys: 4 },
      ),
    ),
  })).value
  fc.assert(
    fc.property(fc.array(fc.dictionary(fc.constantFrom('call', 'work', 'parallel'), value, { minKeys: 1 })), script => {
      const topology = { name: 'x', components: { a: { kind: 'thing', script } } } as unknown as TopologyData
      // Dictionaries of fast-check have no prototype, what the parser makes has one.
      assert.deepEqual(parsed(yamlText(topology, [])), JSON.parse(JSON.stringify(topology)))
    }),
    { numRuns: 100 },
  )
})

test('the top says where a file comes from and what is missing, and nothing of it breaks out of the comment', () => {
  const text = 'services:\n- { name: a, isEntrypoint: true, "x\\ny\\u0085z: 1": 2, type: grpc }\n'
  const result = importText(text)
  const head = headLines(result, 'some/where/gr\nph.yaml', 'lab.yaml')
  const lines = yamlText(result.topology!, head).split('\n')
  assert.deepEqual(lines.slice(0, 5), [
    '# Imported from gr?ph.yaml, an isotope service graph.',
    '#   npx archlab up -f lab.yaml',
    '# Not carried over, or only nearly (line:column of the source):',
    '#   2:34  services.0.x?y?z: 1: no such key is read',
    '#   2:61  services.0.type: gRPC: components speak HTTP',
  ])
  assert.deepEqual(parsed(lines.join('\n')), result.topology)
})

test('the top repeats thirty notes and counts the others', () => {
  const keys = Array.from({ length: 40 }, (_, at) => `k${at}: 1`).join(', ')
  const result = importText(
    `services: [ { name: a, isEntrypoint: true } ]\nx: { ${keys} }\n`.replace('x: {', 'defaults: {'),
  )
  const head = headLines(result, 'a.yaml', 'b.yaml')
  assert.equal(result.notes.length, 1)
  assert.match(head[3]!, /\(40 places\)$/)
  const many = importText(
    `services: [ ${Array.from({ length: 40 }, (_, at) => `{ name: A${at}, isEntrypoint: true }`).join(', ')} ]`,
  )
  assert.equal(many.notes.length, 40)
  assert.equal(headLines(many, 'a.yaml', 'b.yaml').at(-1), '  and 10 more')
})

test('a topology is called like the file, as far as its characters may stand in a name', () => {
  const nameOf = (file: string): string | undefined => {
    const { topology } = importText('services: [ { name: a, isEntrypoint: true } ]', {}, file)
    return topology?.name
  }
  assert.equal(nameOf('/x/social.net-1.yaml'), 'social.net-1')
  assert.equal(nameOf('../my shop (2).yml'), 'my-shop-2-')
  assert.equal(nameOf('.yaml'), 'imported')
})
