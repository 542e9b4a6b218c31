import { NAME_FORM } from '../common-settings.ts'
import { isName } from '../resolve/open-links.ts'

import { describe, type Entry, valueSpan } from '../tree.ts'
import type { WorkloadSpec } from '../workload-spec.ts'
import { resolveArrivals } from './arrivals.ts'
import { Block, type WorkloadScope } from './block.ts'
import { resolveLogin } from './login.ts'
import { resolveRequests } from './requests.ts'
import { checkLogin, resolveExtent, resolveOverload } from './rules.ts'
import { ARRIVAL_SETTINGS, CLOSED_SETTINGS, WORKLOAD_SETTINGS } from './settings.ts'
import { resolveTarget } from './target.ts'

const EXAMPLE = 'write { entry: edge, arrivals: { poisson: 50/s }, duration: 30s, requests: [{ request: GET / }] }'

/** What people write at the top of a workload, and where it belongs. */
const MISPLACED: Readonly<Record<string, string>> = Object.fromEntries([
  ...Object.keys(CLOSED_SETTINGS).map(name => [name, `write arrivals: { closed: { ${name}: ... } }`]),
  ...Object.keys(ARRIVAL_SETTINGS).map(name => [name, `write arrivals: { ${name}: ... }`]),
  ['request', 'write requests: [{ request: GET /data }]'],
  ['headers', 'header fields stand in each request: requests: [{ request: GET /data, headers: { X-Mine: text } }]'],
  ['rate', 'write arrivals: { poisson: 50/s } or { constant: 50/s }'],
])

/** An entry of `workloads:`; `undefined` after a problem, all of which are told. */
export function resolveWorkload(scope: WorkloadScope, name: string, entry: Entry): WorkloadSpec | undefined {
  const path = `workloads.${name}`
  const { problems } = scope
  if (!isName(name)) {
    const message = `"${name.slice(0, 80)}" cannot name a workload`
    problems.error('TOPOLOGY_BAD_NAME', entry.keySpan, path, message, NAME_FORM)
  }
  const node = entry.value
  if (node.type !== 'mapping') {
    problems.error('TOPOLOGY_WRONG_TYPE', valueSpan(entry), path, `must be a mapping, not ${describe(node)}`, EXAMPLE)
    return undefined
  }
  const request = { what: 'a workload', node, table: WORKLOAD_SETTINGS, path, misplaced: MISPLACED }
  return resolveBlock(new Block(scope, { ...request, owner: entry.keySpan }), name)
}

/** A workload from its checked block. */
export function resolveBlock(block: Block, name: string): WorkloadSpec | undefined {
  const target = resolveTarget(block)
  const arrivals = resolveArrivals(block)
  const login = resolveLogin(block)
  const requests = resolveRequests(block, block.entry('login') !== undefined)
  const overload = resolveOverload(block, arrivals)
  const timeoutMs = block.value<number>('timeout')
  if (arrivals && login) checkLogin(block, arrivals, login)
  const extent = arrivals && requests && resolveExtent(block, arrivals, requests)
  if (!target || !arrivals || login === undefined || !requests || !overload || !extent || timeoutMs === undefined) {
    return undefined
  }
  return { name, target, arrivals, ...extent, login, requests, timeoutMs, overload }
}
