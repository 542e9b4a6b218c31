import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { catalogs } from './fixtures/modules/catalogs.ts'
import { type LoadResult, loadTopology } from './load.ts'

const folder = fileURLToPath(new URL('./fixtures/broken/', import.meta.url))

/** Per file every problem in order: its code without the prefix, line and column. */
const EXPECTED = expectations(`
alias-bomb: TOO_COMPLEX 4:7
alias-of-itself: UNREACHABLE 2:3, BAD_ALIAS 4:11
alias: OUT_OF_RANGE 3:21, BAD_ALIAS 7:46
autoscaling: OUT_OF_RANGE 2:54, OUT_OF_RANGE 3:66, OUT_OF_RANGE 4:82, BAD_UNIT 5:79, OUT_OF_RANGE 6:79,
   REPLICAS_DISAGREE 7:50, MISSING_SETTING 8:37, UNKNOWN_SETTING 8:49, MISSING_SETTING 8:57, UNKNOWN_SETTING 8:67,
   WRONG_TYPE 9:54, WRONG_TYPE 9:68, OUT_OF_RANGE 9:83, WRONG_TYPE 10:46
check: SETTING_REFUSED 5:13, SETTING_REFUSED 11:15, SETTING_REFUSED 16:15, SETTING_REFUSED 21:9
colon-in-value: SYNTAX 4:12
cycle: LINK_CYCLE 14:18
deep-wrong-type: WRONG_TYPE 6:13, WRONG_TYPE 10:13, WRONG_TYPE 11:18, WRONG_TYPE 18:26
duplicate-keys: DUPLICATE_KEY 5:5, DUPLICATE_KEY 7:3
empty-components: EMPTY 1:13
empty: EMPTY 1:1
host: BAD_FORMAT 2:41
link-fields: UNKNOWN_KEY 8:9, UNKNOWN_VALUE 9:20, OUT_OF_RANGE 10:18, BAD_FORMAT 11:15, WRONG_TYPE 12:58,
   WRONG_TYPE 13:14
measurement-types: WRONG_TYPE 3:12, WRONG_TYPE 4:20, WRONG_TYPE 5:34
measurement: UNKNOWN_COMPONENT 4:20, WRONG_TYPE 5:9, UNKNOWN_WORKLOAD 7:21, UNKNOWN_WORKLOAD 10:15,
   SET_NO_MATCH 12:26, SET_NO_MATCH 13:38, OUT_OF_RANGE 14:39, WRONG_TYPE 16:13
merge: OUT_OF_RANGE 3:12, BAD_ALIAS 13:5
misplaced: UNKNOWN_SETTING 5:5, UNKNOWN_SETTING 6:5
missing: MISSING_KIND 2:3, WRONG_TYPE 3:3, MISSING_LINK 4:3, MISSING_LINK 5:51, MISSING_LINK 6:3,
   MISSING_SETTING 10:15, MISSING_SETTING 11:41
modules: MODULE_UNUSABLE 2:17, MODULE_UNUSABLE 3:19, MODULE_UNUSABLE 4:19, UNKNOWN_SETTING 5:52,
   MODULE_UNUSABLE 9:17
names: BAD_NAME 2:3, BAD_NAME 3:3, BAD_NAME 4:3, BAD_NAME 5:3, BAD_NAME 6:3, BAD_NAME 7:3
no-components: MISSING_SETTING 1:1
no-routes: MISSING_LINK 2:3, MISSING_LINK 3:44, WRONG_TYPE 4:43
not-a-mapping: WRONG_TYPE 1:1
not-a-number: WRONG_TYPE 2:31, WRONG_TYPE 2:46
not-yaml: SYNTAX 3:3, SYNTAX 3:10
only-comments: EMPTY 1:1
open-links: UNKNOWN_COMPONENT 6:20, OUT_OF_RANGE 6:35, BAD_NAME 7:7, UNKNOWN_COMPONENT 10:17, UNKNOWN_COMPONENT 11:15,
   SETTING_REFUSED 12:32, UNKNOWN_COMPONENT 13:17, SETTING_REFUSED 14:17, SETTING_REFUSED 14:20, SETTING_REFUSED 15:11,
   LINK_CYCLE 16:86, LINK_CYCLE 18:42, MODULE_UNUSABLE 19:3, MODULE_UNUSABLE 20:17
port-and-ports: PORT_AND_PORTS 5:5
port-privileged: PORT_PRIVILEGED 2:29
port-twice: PORT_TWICE 5:19, PORT_TWICE 6:39, PORT_TWICE 8:36
ports: OUT_OF_RANGE 2:30, OUT_OF_RANGE 3:31, WRONG_TYPE 4:30, WRONG_TYPE 5:30, WRONG_TYPE 6:24, OUT_OF_RANGE 7:38
prose: WRONG_TYPE 1:1
replicas-and-ports: REPLICAS_DISAGREE 4:15, OUT_OF_RANGE 7:32
replicas: OUT_OF_RANGE 2:46, OUT_OF_RANGE 3:47, WRONG_TYPE 4:46, OUT_OF_RANGE 5:46
resources: UNKNOWN_SETTING 2:48, UNKNOWN_SETTING 2:62, WRONG_TYPE 3:47, UNKNOWN_SETTING 3:53, OUT_OF_RANGE 4:68,
   UNKNOWN_SETTING 4:73, BAD_UNIT 9:27, BAD_UNIT 9:38, WRONG_TYPE 10:36, OUT_OF_RANGE 15:24, OUT_OF_RANGE 16:22,
   OUT_OF_RANGE 21:24, WRONG_TYPE 22:17, OUT_OF_RANGE 27:27, OUT_OF_RANGE 27:38
routes: BAD_MATCH 6:18, BAD_MATCH 7:18, ROUTE_UNREACHABLE 9:18, ROUTE_UNREACHABLE 11:18, ROUTE_UNREACHABLE 13:18,
   WRONG_TYPE 14:9, MISSING_SETTING 15:11, BAD_MATCH 16:18, BAD_FORMAT 16:47
scenario-events: MISSING_SETTING 11:9, SETTINGS_CONFLICT 12:30, UNKNOWN_COMPONENT 13:25, UNKNOWN_TARGET 14:25,
   SETTINGS_CONFLICT 15:32, OUT_OF_RANGE 16:15, BAD_UNIT 17:15, MISSING_SETTING 18:9, UNKNOWN_TARGET 19:30,
   UNKNOWN_TARGET 20:30, BAD_UNIT 21:38, OUT_OF_RANGE 21:52, SET_NO_MATCH 22:38, WRONG_TYPE 23:25, OUT_OF_RANGE 24:52,
   UNKNOWN_TARGET 25:25, UNKNOWN_COMPONENT 26:28, OUT_OF_RANGE 27:36, OUT_OF_RANGE 27:48, SETTINGS_CONFLICT 28:35
scenario-expect: BAD_EXPECTATION 11:9, BAD_EXPECTATION 12:16, BAD_EXPECTATION 13:16, BAD_EXPECTATION 14:21,
   BAD_EXPECTATION 15:24, BAD_EXPECTATION 16:20, BAD_EXPECTATION 17:9, BAD_EXPECTATION 18:26,
   BAD_EXPECTATION 19:27, BAD_EXPECTATION 20:35, BAD_EXPECTATION 21:23
scenario-shape: BAD_NAME 7:3, UNKNOWN_KEY 8:29, MISSING_SETTING 9:40, WRONG_TYPE 10:37, WRONG_TYPE 11:38,
   WRONG_TYPE 11:53, OUT_OF_RANGE 12:61, WRONG_TYPE 13:66, WRONG_TYPE 14:67, UNKNOWN_KEY 15:79, MISSING_SETTING 16:3
scope: SCOPE_UNSUPPORTED 6:24, SCOPE_UNSUPPORTED 8:36, UNKNOWN_VALUE 9:33
secret-type: WRONG_TYPE 5:13, WRONG_TYPE 6:13
self-link: LINK_CYCLE 2:40, LINK_CYCLE 6:32
setting-link: WRONG_TYPE 6:24, MISSING_LINK 7:24, UNKNOWN_COMPONENT 8:30, MISSING_LINK 9:17, UNKNOWN_COMPONENT 10:30,
   TARGET_TWICE 13:23, UNKNOWN_KEY 14:13, BAD_UNIT 15:22, UNKNOWN_POLICY 16:21, WRONG_TYPE 17:17
several: UNKNOWN_COMPONENT 3:43, PORT_TWICE 6:19, BAD_UNIT 8:47, UNKNOWN_KIND 10:11, OUT_OF_RANGE 11:11,
   UNKNOWN_COMPONENT 12:24, WRONG_TYPE 17:23
tabs: TAB 3:1
tactic-entries: BAD_TACTIC_ENTRY 7:9, BAD_TACTIC_ENTRY 8:9, BAD_TACTIC_ENTRY 9:9, BAD_TACTIC_ENTRY 10:8,
   BAD_TACTIC_ENTRY 11:16, MISSING_SETTING 12:9
tactic-match: BAD_MATCH 6:33, WRONG_TYPE 7:39
threads-type: WRONG_TYPE 1:10
threads: OUT_OF_RANGE 1:10
two-documents: SYNTAX 2:1
types: WRONG_TYPE 4:11, WRONG_TYPE 5:14, WRONG_TYPE 6:14, UNKNOWN_VALUE 7:12, BAD_FORMAT 8:12, WRONG_TYPE 9:11,
   WRONG_TYPE 10:12, UNKNOWN_VALUE 11:13, WRONG_TYPE 12:14, WRONG_TYPE 13:12, WRONG_TYPE 14:10, WRONG_TYPE 15:9
unit-of-a-mapping: WRONG_TYPE 5:10, WRONG_TYPE 6:13, WRONG_TYPE 7:5, WRONG_TYPE 8:14, WRONG_TYPE 9:12
units: BAD_UNIT 5:10, BAD_UNIT 6:13, BAD_UNIT 7:12, BAD_UNIT 8:12, BAD_UNIT 9:14, BAD_UNIT 10:17, BAD_UNIT 10:22,
   BAD_UNIT 11:28, BAD_UNIT 13:31, OUT_OF_RANGE 14:17, BAD_UNIT 15:20,
   BAD_UNIT 16:48, BAD_UNIT 16:75, BAD_UNIT 16:90
unknown-kind: UNKNOWN_KIND 2:16, UNKNOWN_KIND 4:11
unknown-link-target: UNKNOWN_COMPONENT 2:49, UNKNOWN_COMPONENT 6:17, UNKNOWN_COMPONENT 7:45, UNKNOWN_COMPONENT 13:13
unknown-link: UNKNOWN_LINK 5:14
unknown-setting: UNKNOWN_SETTING 5:5, UNKNOWN_SETTING 6:22, UNKNOWN_SETTING 8:26
unknown-tactic: UNKNOWN_TACTIC 6:9, UNKNOWN_TACTIC 8:9
unknown-top-level: BAD_FORMAT 1:7, OUT_OF_RANGE 2:7, UNKNOWN_KEY 3:1
unreachable: UNREACHABLE 2:3
variable-unset: VARIABLE_UNSET 6:12, VARIABLE_MALFORMED 8:12, VARIABLE_UNSET 9:11
variable-wrong: WRONG_TYPE 4:11, BAD_UNIT 5:10, WRONG_TYPE 6:14, UNKNOWN_COMPONENT 7:24, WRONG_TYPE 9:11
weights: BAD_WEIGHTS 6:45, BAD_WEIGHTS 6:54, BAD_WEIGHTS 11:15, TARGET_TWICE 12:48, UNKNOWN_POLICY 12:60,
   BAD_WEIGHTS 13:63, WRONG_TYPE 14:60, UNREACHABLE 17:3
workload-arrivals: WRONG_TYPE 4:81, BAD_ARRIVALS 5:79, UNKNOWN_KEY 6:84, BAD_ARRIVALS 7:95, MISSING_SETTING 8:91,
   UNKNOWN_KEY 8:95, OUT_OF_RANGE 9:91, BAD_UNIT 10:90, OUT_OF_RANGE 11:104, MISSING_SETTING 12:82,
   UNKNOWN_VALUE 12:110, MISSING_SETTING 17:11, MISSING_SETTING 18:11, SETTINGS_CONFLICT 19:25, MISSING_SETTING 20:11,
   MISSING_SETTING 21:11, OUT_OF_RANGE 21:29, WRONG_TYPE 22:11, UNKNOWN_VALUE 26:69, OUT_OF_RANGE 28:76,
   OUT_OF_RANGE 32:33, OUT_OF_RANGE 32:43, OUT_OF_RANGE 32:55, UNKNOWN_KEY 32:77, MISSING_SETTING 34:82,
   BAD_UNIT 34:108, TRACE_UNREADABLE 35:75, TRACE_UNREADABLE 36:84, WRONG_TYPE 37:76, OUT_OF_RANGE 38:100,
   BAD_UNIT 38:110, MISSING_SETTING 39:82, OUT_OF_RANGE 39:99, UNKNOWN_KEY 39:104
workload-headers: HEADER_RESERVED 8:47, BAD_FORMAT 12:11, HEADER_RESERVED 13:11, HEADER_RESERVED 14:11,
   HEADER_RESERVED 15:11, WRONG_TYPE 16:21, WRONG_TYPE 17:19, WRONG_TYPE 18:11, BAD_FORMAT 19:20, BAD_FORMAT 20:20,
   BAD_FORMAT 21:21, DUPLICATE_KEY 23:11, SETTINGS_CONFLICT 24:11, BAD_FORMAT 25:19, WRONG_TYPE 26:37
workload-requests: WRONG_TYPE 9:9, BAD_FORMAT 10:20, BAD_FORMAT 11:20, BAD_FORMAT 12:20, BAD_FORMAT 13:20,
   BAD_FORMAT 14:20, BAD_FORMAT 15:20, BAD_FORMAT 16:20, BAD_FORMAT 17:20, BAD_FORMAT 18:20, BAD_FORMAT 19:20,
   BAD_FORMAT 20:20, MISSING_SETTING 21:9, OUT_OF_RANGE 27:36, UNKNOWN_KEY 28:28, SETTINGS_CONFLICT 29:28,
   SETTINGS_CONFLICT 30:29, SETTINGS_CONFLICT 31:39, OUT_OF_RANGE 32:35, WRONG_TYPE 33:29, REQUEST_TWICE 35:20,
   REQUEST_TWICE 36:34, BAD_FORMAT 37:34, SETTINGS_CONFLICT 43:38, MISSING_SETTING 44:9, OUT_OF_RANGE 45:35,
   KEYS_DISAGREE 51:20, KEYS_DISAGREE 52:40, KEYS_DISAGREE 53:20, OUT_OF_RANGE 53:64, OUT_OF_RANGE 53:73,
   KEYS_DISAGREE 53:78, WRONG_TYPE 53:84, WRONG_TYPE 54:41
workload-rules: MISSING_SETTING 4:3, MISSING_SETTING 5:3, MISSING_SETTING 6:3, MISSING_SETTING 7:3, OUT_OF_RANGE 8:73,
   OUT_OF_RANGE 9:83, OUT_OF_RANGE 10:86, OUT_OF_RANGE 11:62, OUT_OF_RANGE 12:39, OUT_OF_RANGE 13:64,
   SETTINGS_CONFLICT 14:68, SETTINGS_CONFLICT 15:63, SETTINGS_CONFLICT 20:41
workload-shape: BAD_NAME 4:3, WRONG_TYPE 5:9, MISSING_SETTING 6:3, MISSING_SETTING 6:3, MISSING_SETTING 6:3,
   MISSING_SETTING 7:3, UNKNOWN_KEY 9:5, UNKNOWN_KEY 10:5, UNKNOWN_KEY 11:5, BAD_UNIT 12:15, BAD_UNIT 13:13,
   OUT_OF_RANGE 14:14, UNKNOWN_KEY 15:5, WRONG_TYPE 16:15, BAD_FORMAT 21:23, UNKNOWN_KEY 21:31, BAD_FORMAT 21:47,
   UNKNOWN_VALUE 21:58, UNKNOWN_KEY 21:66, OUT_OF_RANGE 22:28, UNKNOWN_VALUE 22:39, UNKNOWN_KEY 22:46,
   MISSING_SETTING 23:15, KEYS_DISAGREE 28:23, WRONG_TYPE 28:43, WRONG_TYPE 28:60, WRONG_TYPE 29:15, WRONG_TYPE 30:5
workload-target: UNREACHABLE 4:3, SETTINGS_CONFLICT 6:23, MISSING_SETTING 7:3, UNKNOWN_COMPONENT 8:18,
   ENTRY_CLOSED 9:22, ENTRY_CLOSED 10:20, WRONG_TYPE 11:18, BAD_FORMAT 12:18, BAD_FORMAT 13:16, BAD_FORMAT 14:17,
   BAD_FORMAT 15:16, BAD_FORMAT 16:16, BAD_FORMAT 17:20
`)

function expectations(text: string): [string, string[]][] {
  const entries = text.trim().split(/\n(?=\S)/)
  return entries.map(entry => {
    const [name, ...problems] = entry.split(/[:,](?=\s)\s*/)
    return [`${name}.yaml`, problems]
  })
}

/** Files whose problems are warnings: they load. */
const ONLY_WARNINGS: ReadonlySet<string> = new Set(['unreachable.yaml'])

function load(file: string): Promise<LoadResult> {
  const env = { PORT: 'abc', WORD: 'hunter2', KIND: 'service' }
  return loadTopology(folder + file, { catalogs, env, machine: { firstOpenPort: 1024 } })
}

for (const [file, expected] of EXPECTED) {
  test(`${file} has exactly the problems listed, each at its line and column`, async () => {
    const { topology, problems } = await load(file)
    const found = problems.map(({ code, where }) => `${code.replace('TOPOLOGY_', '')} ${where?.line}:${where?.column}`)
    assert.deepEqual(found, expected)
    assert.equal(topology === null, !ONLY_WARNINGS.has(file))
  })
}

test('every broken file is in the list', () => {
  const files = readdirSync(folder).filter(file => file.endsWith('.yaml'))
  assert.deepEqual(files.sort(), EXPECTED.map(([file]) => file).sort())
})

const HINTS: readonly [string, number, RegExp][] = [
  ['unknown-kind.yaml', 0, /did you mean "service"\? there are: balancer, caller, gate/],
  ['unknown-tactic.yaml', 0, /did you mean "limit"\?/],
  ['unknown-setting.yaml', 0, /did you mean "workers"\?/],
  ['unknown-setting.yaml', 1, /did you mean "idle"\?/],
  ['unknown-link-target.yaml', 0, /did you mean "store"\? there are: edge, api, store, gate/],
  ['unknown-link.yaml', 0, /did you mean "database"\?/],
  ['unknown-top-level.yaml', 2, /did you mean "components"\?/],
  ['types.yaml', 3, /did you mean "fifo"\?/],
  ['measurement.yaml', 2, /did you mean "browse"\?/],
  ['measurement.yaml', 4, /did you mean "api"\?/],
  ['scenario-events.yaml', 8, /did you mean "components.api.links.database"/],
  ['scenario-events.yaml', 15, /store\/0/],
  ['scenario-expect.yaml', 0, /did you mean "p90"/],
  ['scenario-expect.yaml', 8, /there are: kill/],
  ['misplaced.yaml', 0, /links: \{ database: component \}/],
  ['misplaced.yaml', 1, /tactics: \[\{ limit: /],
  ['tactic-entries.yaml', 0, /indent the settings of "limit"/],
  ['units.yaml', 0, /write a number and one of us, ms, s/],
  ['check.yaml', 0, /openssl rand/],
  ['resources.yaml', 0, /write resources: \{ limits: \{ memory: /],
  ['threads-type.yaml', 0, /per-replica, or a whole number/],
  ['workload-shape.yaml', 6, /did you mean "arrivals"\?/],
  ['workload-shape.yaml', 7, /write arrivals: \{ closed: /],
  ['workload-arrivals.yaml', 2, /did you mean "poisson"\?/],
  ['workload-arrivals.yaml', 5, /stages: \{ steps, process \}/],
  ['workload-requests.yaml', 6, /%25/],
  ['workload-requests.yaml', 26, /write keys: \{ id: /],
  ['workload-target.yaml', 3, /did you mean "api"\?/],
  ['workload-target.yaml', 4, /give it a port, or enter at api$/],
  ['workload-rules.yaml', 3, /iterations, or give every request a count/],
]

for (const [file, index, hint] of HINTS) {
  test(`${file}, problem ${index + 1}, says how to mend it: ${hint.source}`, async () => {
    const { problems } = await load(file)
    assert.match(problems[index]?.hint ?? '', hint)
  })
}

test('a cycle is shown from its beginning to its end', async () => {
  const { problems } = await load('cycle.yaml')
  assert.match(problems[0]!.message, /a → b → c → a/)
})

test('what a module says about a value from a variable names the variable', async () => {
  const { problems } = await load('open-links.yaml')
  assert.equal(problems[5]!.message, '"\u0024{WORD}" is no time in ms')
  assert.match(problems[6]!.message, /called "\$\{WORD\}"$/)
})

test('a port used twice names both places', async () => {
  const { problems } = await load('port-twice.yaml')
  assert.match(problems[0]!.message, /components\.one\.port \(.*port-twice\.yaml:2\)/)
  assert.equal(problems[0]!.where?.path, 'components.two.ports.1')
})

test('a route that never matches names the earlier one', async () => {
  const { problems } = await load('routes.yaml')
  assert.match(problems[2]!.message, /"GET \/orders\/\*" in line 8/)
})

test('neither messages nor sources of broken files show secrets or values of variables', async () => {
  const files = ['check.yaml', 'open-links.yaml', 'secret-type.yaml', 'variable-wrong.yaml']
  for (const file of [...files, 'workload-headers.yaml', 'workload-target.yaml']) {
    const { problems, sources } = await load(file)
    assert.doesNotMatch(JSON.stringify({ problems, sources }), /hunter2|12345678901/, file)
  }
})
