import { isSecret, noteSecret, noteVariables } from '../resolve/secrets.ts'
import { describe, quoted, type Scalar, type Tree, valueSpan } from '../tree.ts'
import type { KeySpec, RequestSpec, RequestTarget } from '../workload-spec.ts'
import { Block, type WorkloadScope } from './block.ts'
import { resolveHeaders } from './headers.ts'
import { parseRequestLine, type RequestLine } from './request-line.ts'
import { KEY_SETTINGS, REQUEST_SETTINGS } from './settings.ts'

const REQUESTS_HINT = 'write requests: [{ request: GET /data }]'

/** `requests:` of a workload; `undefined` after a problem. */
export function resolveRequests(workload: Block, hasLogin: boolean): RequestSpec[] | undefined {
  const entry = workload.entry('requests')
  if (!entry) return undefined
  const { value } = entry
  if (value.type !== 'sequence') {
    const message = `must be a list of requests, not ${describe(value)}`
    return workload.fail('TOPOLOGY_WRONG_TYPE', 'requests', message, REQUESTS_HINT)
  }
  if (value.items.length === 0) {
    return workload.fail('TOPOLOGY_MISSING_SETTING', 'requests', 'has no request', REQUESTS_HINT)
  }
  const blocks = value.items.map((item, index) =>
    requestBlock(workload.scope, item, `${workload.path}.requests.${index}`),
  )
  const found = blocks.filter(block => block !== undefined)
  const agreed = checkCounts(found)
  const specs = found.map(block => resolveRequest(block, hasLogin))
  checkNames(found, specs)
  const sound = specs.filter(spec => spec !== undefined)
  return agreed && sound.length === value.items.length ? sound : undefined
}

function requestBlock(scope: WorkloadScope, item: Tree, path: string): Block | undefined {
  if (item.type === 'mapping') {
    return new Block(scope, { what: 'a request', node: item, table: REQUEST_SETTINGS, path, owner: item.span })
  }
  const hint =
    item.type === 'scalar' && typeof item.value === 'string' ? 'write - { request: GET /data }' : REQUESTS_HINT
  scope.problems.error('TOPOLOGY_WRONG_TYPE', item.span, path, `must be a request, not ${describe(item)}`, hint)
  return undefined
}

/** Counts decide about all requests, or about none. False after a problem. */
function checkCounts(blocks: readonly Block[]): boolean {
  const without = blocks.filter(block => !block.entry('count'))
  if (without.length === blocks.length) return true
  for (const block of without) {
    const message = 'needs "count": other requests of the workload have one'
    block.fail('TOPOLOGY_MISSING_SETTING', 'count', message, 'give every request a count, or none')
  }
  for (const block of blocks) {
    if (!block.entry('count') || !block.entry('weight')) continue
    const message = 'a request with a count has no weight'
    block.failKey('TOPOLOGY_SETTINGS_CONFLICT', 'weight', message, 'leave one of them out')
  }
  return without.length === 0
}

/** Reports tell requests apart by their names. */
function checkNames(blocks: readonly Block[], specs: readonly (RequestSpec | undefined)[]): void {
  const names = new Set<string>()
  for (const [index, spec] of specs.entries()) {
    if (!spec) continue
    const name = blocks[index]!.entry('name') ? 'name' : 'request'
    if (names.has(spec.name)) {
      const message = 'another request of the workload has the same name'
      blocks[index]!.fail('TOPOLOGY_REQUEST_TWICE', name, message, 'give one of them another: name: another')
    }
    names.add(spec.name)
  }
}

function resolveRequest(block: Block, hasLogin: boolean): RequestSpec | undefined {
  const line = resolveLine(block)
  const keys = resolveKeys(block, line)
  const headers = resolveHeaders(block, { hasToken: hasLogin })
  const json = resolveJson(block, line)
  const bodyBytes = resolveSize(block, line)
  const weight = block.value<number>('weight')
  const count = block.value<number>('count')
  const written = block.tree('name') ?? block.tree('request')
  if (!line || !keys || weight === undefined || written?.type !== 'scalar') return undefined
  if (count === undefined && block.entry('count')) return undefined
  const request = targetOf(block, line)
  const name = block.tree('name') ? String(written.value) : lineText(written)
  const spec = { name, request, weight, count: count ?? null, headers, json, bodyBytes, keys }
  if (block.tree('name') && isSecret(written)) noteSecret(block.scope.secrets, spec, 'name')
  if (isSecret(block.tree('json'))) noteSecret(block.scope.secrets, spec, 'json')
  return spec
}

/** A request line as reports show it: with one blank, and with variables unfilled. */
const lineText = ({ template, value }: Scalar): string => (template ?? String(value)).trim().split(/\s+/).join(' ')

/** Reads `request:` of a request or a login; `undefined` after a problem. */
export function resolveLine(block: Block): RequestLine | undefined {
  const tree = block.tree('request')
  if (tree?.type !== 'scalar') return undefined
  const line = parseRequestLine(String(tree.value))
  if ('names' in line) return line
  return block.fail('TOPOLOGY_BAD_FORMAT', 'request', `${quoted(tree)} ${line.message}`, line.hint)
}

/** Method and path; the path is noted as secret when it is. */
export function targetOf(block: Block, { method, path }: RequestLine): RequestTarget {
  const target = { method, path }
  if (isSecret(block.tree('request'))) noteSecret(block.scope.secrets, target, 'path')
  return target
}

/** Methods whose requests have no content (RFC 9110 §9.3.1, §9.3.2, §9.3.8). */
const WITHOUT_BODY: ReadonlySet<string> = new Set(['GET', 'HEAD', 'TRACE'])

function checkBody(block: Block, name: string, line: RequestLine | undefined): void {
  if (!line || !WITHOUT_BODY.has(line.method)) return
  const message = `a ${line.method} request has no body`
  block.failKey('TOPOLOGY_SETTINGS_CONFLICT', name, message, `leave "${name}" out, or write POST`)
}

/** `json:` of a request or a login, secrets noted; `null` when there is none. */
export function resolveJson(block: Block, line: RequestLine | undefined): unknown {
  const tree = block.tree('json')
  if (!tree) return null
  checkBody(block, 'json', line)
  if (tree.type === 'scalar' && tree.value === null) {
    block.fail('TOPOLOGY_WRONG_TYPE', 'json', 'must be a JSON value, not nothing', 'leave it out, or write json: {}')
  }
  return noteVariables(block.scope.secrets, tree)
}

function resolveSize(block: Block, line: RequestLine | undefined): number {
  if (!block.entry('size')) return 0
  checkBody(block, 'size', line)
  if (block.entry('json')) {
    const message = 'the body is given twice, by "json" and by "size"'
    block.failKey('TOPOLOGY_SETTINGS_CONFLICT', 'size', message, 'leave one of them out')
  }
  return block.value<number>('size') ?? 0
}

/** `keys:`, one for every name of the path. */
function resolveKeys(block: Block, line: RequestLine | undefined): Record<string, KeySpec> | undefined {
  const entry = block.entry('keys')
  const names = line?.names ?? []
  if (!entry) {
    if (names.length > 0) undeclared(block, names[0]!)
    return names.length > 0 ? undefined : {}
  }
  const hint = 'write keys: { id: { count: 1000 } }'
  if (entry.value.type !== 'mapping') {
    return block.fail('TOPOLOGY_WRONG_TYPE', 'keys', `must be a mapping, not ${describe(entry.value)}`, hint)
  }
  const keys: Record<string, KeySpec> = {}
  const { scope } = block
  for (const [name, one] of entry.value.entries) {
    const path = `${block.path}.keys.${name}`
    if (line && !names.includes(name)) {
      const message = `the path has no {${name}}`
      const use = names.length > 0 ? `it has ${names.map(known => `{${known}}`).join(', ')}` : 'leave the key out'
      scope.problems.error('TOPOLOGY_KEYS_DISAGREE', one.keySpan, path, message, use)
    }
    if (one.value.type !== 'mapping') {
      const message = `must be a mapping, not ${describe(one.value)}`
      scope.problems.error('TOPOLOGY_WRONG_TYPE', valueSpan(one), path, message, hint)
      continue
    }
    const request = { what: 'a key', node: one.value, table: KEY_SETTINGS, path, owner: one.keySpan }
    const key = new Block(scope, request)
    const [count, zipf] = [key.value<number>('count'), key.value<number>('zipf')]
    if (count !== undefined && zipf !== undefined) keys[name] = { count, zipf }
  }
  const { value } = entry
  const missing = names.find(name => !value.entries.has(name))
  if (missing !== undefined) return undeclared(block, missing)
  return keys
}

function undeclared(block: Block, name: string): undefined {
  const message = `nothing says what {${name}} in the path stands for`
  return block.fail('TOPOLOGY_KEYS_DISAGREE', 'request', message, `write keys: { ${name}: { count: 1000 } }`)
}
