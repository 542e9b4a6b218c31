import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { ROOT } from '../support/results.ts'
import { frameName, Places, placeText } from './places.ts'
import { hottestOf, sharesOf, type ThreadTree } from './shares.ts'
import { cpuProfile, type Stack } from './test-profiles.ts'
import { cpuTree } from './v8-profiles.ts'

const at = (path: string): string => pathToFileURL(`${ROOT}${path}`).href
const SERVER = `server ${at('runtime/replica/server.ts')}:60`
const AUTH = `auth ${at('tactics/auth/auth.ts')}:12`
const LINK = `call ${at('runtime/replica/link/link-core.ts')}:75`
const KIT = `get ${at('runtime/kit/lru.ts')}:5`
const GATEWAY = `route ${at('components/api-gateway/api-gateway.ts')}:40`
const JOSE = `verify ${at('node_modules/jose/dist/index.js')}:1`
const MINE = 'mine file:///home/someone/my-kind.ts:9'

const places = new Places([{ type: 'tactic', name: 'shed', url: 'file:///home/someone/shed.ts' }])
const thread = (component: string, stacks: readonly Stack[]): ThreadTree => ({
  thread: `${component}/0`,
  replicas: [`${component}/0`],
  component,
  tree: cpuTree(cpuProfile(stacks)),
})

test('work of the kit, of libraries, Node.js and native code counts for whom it is done', () => {
  const rows = sharesOf(
    [
      thread('gateway', [
        [`${SERVER} > ${AUTH} > ${KIT}`, 10],
        [`${SERVER} > ${AUTH} > ${JOSE} > sign node:crypto:1 > run`, 20],
        [`${SERVER} > ${AUTH} > ${GATEWAY}`, 5],
        [`${SERVER} > ${AUTH} > ${GATEWAY} > ${LINK} > postMessage`, 40],
        [`${SERVER} > end`, 15],
        ['(garbage collector)', 6],
        ['(program)', 4],
      ]),
    ],
    places,
  )
  assert.deepEqual(
    rows.map(({ component, category, name, amount, share }) => [component, category, name, amount, share]),
    [
      ['gateway', 'link', '', 40, 0.4],
      ['gateway', 'tactic', 'auth', 30, 0.3],
      ['gateway', 'runtime', '', 15, 0.15],
      ['gateway', 'gc', '', 6, 0.06],
      ['gateway', 'component', 'api-gateway', 5, 0.05],
      ['gateway', 'native', '', 4, 0.04],
    ],
  )
})

test('a module given by its path is known by its path, and code of nobody we know is the component’s', () => {
  const owner = (text: string): unknown => {
    const [name, place] = text.split(' ') as [string, string]
    const [, url] = /^(.*):(\d+)$/.exec(place)!
    return places.ownerOf({ name, url: url!, line: 1, column: 1 })
  }
  assert.deepEqual(owner('x file:///home/someone/shed.ts:4'), { category: 'tactic', name: 'shed' })
  assert.deepEqual(owner(MINE), { category: 'component', name: '' })
  assert.deepEqual(owner(JOSE), { category: 'library', name: 'jose' })
  assert.deepEqual(owner(`scan ${at('node_modules/@scope/part/x.js')}:1`), { category: 'library', name: '@scope/part' })
  assert.deepEqual(owner(`pick ${at('runtime/balancing/random.ts')}:1`), { category: 'link', name: '' })
})

test('the hottest functions come from all threads together, with their TypeScript file and line', () => {
  const both = [
    thread('gateway', [[`${SERVER} > ${AUTH}`, 30]]),
    thread('login', [
      [`${SERVER} > ${AUTH}`, 50],
      [SERVER, 20],
    ]),
  ]
  const rows = hottestOf(both, places, 5).map(row => [row.function, row.place, row.self, row.totalShare])
  assert.deepEqual(rows, [
    ['auth', 'tactics/auth/auth.ts:12', 80, 0.8],
    ['server', 'runtime/replica/server.ts:60', 20, 1],
  ])
})

test('functions without a name or a file have words all the same', () => {
  const frame = { name: '', url: '', line: 0, column: 0 }
  assert.equal(frameName({ ...frame, name: '(program)' }), 'native code and system calls')
  assert.equal(frameName(frame), '(native)')
  assert.equal(frameName({ ...frame, url: 'file:///x.ts' }), '(anonymous)')
  assert.equal(placeText({ ...frame, url: 'node:timers', line: 3 }), 'node:timers:3')
})
