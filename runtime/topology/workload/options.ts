import { deepFreeze } from '../freeze.ts'
import { type SourceText, speakable } from '../load.ts'
import { type Problem, Problems } from '../problems.ts'
import { REDACTED } from '../redact.ts'
import type { SecretSlots } from '../resolve/scope.ts'
import { textWithoutSecrets } from '../secret-names.ts'
import { Source, type Span } from '../source.ts'
import type { Entry, Mapping, Tree } from '../tree.ts'
import type { WorkloadSpec } from '../workload-spec.ts'
import { Block } from './block.ts'
import { WORKLOAD_SETTINGS } from './settings.ts'
import { resolveBlock } from './workload.ts'

/** An option of a command line: how the user wrote it, for messages (`-d`), and its text. */
export interface OptionText {
  readonly option: string
  readonly text: string
}

/** A workload of one request, as options of a command line give it. Bare numbers are seconds, or arrivals per second. */
export interface WorkloadOptions {
  /** What it is called; `url` by default. */
  readonly name?: string
  /** The whole address, path and query included: `http://127.0.0.1:8000/data?full=1`; without scheme http. Required. */
  readonly url?: OptionText | undefined
  /** Users of a closed loop, 10 by default; with a rate the most requests under way, 1000 by default. */
  readonly connections?: OptionText | undefined
  /** So many arrivals, `1000/s`; without it the loop is closed. */
  readonly rate?: OptionText | undefined
  /** How arrivals of the rate lie in time: `constant`, which is the default, or `poisson`. */
  readonly process?: OptionText | undefined
  /** `10s` by default, or no limit when there is a count. */
  readonly duration?: OptionText | undefined
  readonly warmup?: OptionText | undefined
  readonly timeout?: OptionText | undefined
  /** So many requests in all. */
  readonly count?: OptionText | undefined
  /** By default GET, and POST where there is a body. */
  readonly method?: OptionText | undefined
  /** Each as on the wire: `X-Mine: text`. */
  readonly headers?: readonly OptionText[]
  /** The body as JSON text. */
  readonly json?: OptionText | undefined
  /** Or its size, `10kb`. */
  readonly size?: OptionText | undefined
}

/** What came of the options; the workloads are `null` when there are problems. */
export interface WorkloadOfResult {
  readonly workload: WorkloadSpec | null
  /** The same without secrets, for reports: header fields with credentials read `***`. */
  readonly shown: WorkloadSpec | null
  readonly problems: readonly Problem[]
  /** The options as texts that problems point into, secrets masked. */
  readonly sources: readonly SourceText[]
}

/** A workload from the options of a command line, checked like one of a topology. Nothing is thrown for wrong ones. */
export function workloadOf(options: WorkloadOptions): WorkloadOfResult {
  const problems = new Problems()
  const writer = new Writer(problems)
  const name = options.name ?? 'url'
  const node = options.url ? writer.workload(options, options.url) : undefined
  const secrets: SecretSlots = new Map()
  const scope = { problems, secrets, components: undefined, folder: '.' }
  let workload: WorkloadSpec | undefined
  if (node) {
    const request = { what: 'a workload', node, table: WORKLOAD_SETTINGS, path: 'workload', owner: node.span }
    workload = resolveBlock(new Block(scope, request), name)
  } else {
    const message = 'there is no address to send requests to'
    problems.error('TOPOLOGY_MISSING_SETTING', null, 'workload.url', message, 'give one: http://127.0.0.1:8000/data')
  }
  const sound = workload && !problems.hasErrors ? deepFreeze(workload) : null
  return {
    workload: sound,
    shown: sound && deepFreeze(withoutSecrets(sound, secrets)),
    problems: problems.sorted(writer.sources).map(speakable),
    sources: writer.sources.map(source => ({ name: source.name, text: textWithoutSecrets(source.text) })),
  }
}

/** Writes options down as the tree that the topology file would have. */
class Writer {
  readonly sources: Source[] = []
  readonly #problems: Problems
  /** Where to point for what nobody wrote. */
  readonly #nowhere: Span

  constructor(problems: Problems) {
    this.#problems = problems
    this.#nowhere = { source: new Source('command line', ''), start: 0, end: 0 }
  }

  workload(options: WorkloadOptions, url: OptionText): Mapping {
    const address = this.#source(url)
    const [, scheme = 'http://', host = '', rest = ''] =
      /^\s*([a-z][a-z0-9+.-]*:\/\/)?([^/?#]*)(.*?)\s*$/is.exec(url.text) ?? []
    const { connections, rate, duration, count, warmup, timeout, json, size } = options
    const body = json ?? size
    const method = options.method ? options.method.text : body ? 'POST' : 'GET'
    const path = rest.startsWith('/') ? rest : `/${rest}`
    // What is wrong with the request line may be the method or the path.
    const line = options.method && !/^[A-Z][A-Z0-9-]*$/.test(method) ? this.#source(options.method) : undefined
    const request = this.#mapping({
      request: scalar(`${method} ${path}`, line ?? address),
      headers: this.#headers(options.headers ?? []),
      json: json && this.#json(json),
      size: size && this.#text(size),
      count: count && this.#number(count),
    })
    return this.#mapping({
      url: scalar(scheme + host, address),
      arrivals: rate ? this.#open(rate, options.process) : this.#closed(connections),
      overload: rate && connections ? this.#mapping({ 'in-flight': this.#number(connections) }) : undefined,
      duration: duration ? this.#text(duration, 's') : count ? undefined : scalar('10s', this.#nowhere),
      warmup: warmup && this.#text(warmup, 's'),
      timeout: timeout && this.#text(timeout, 's'),
      requests: { type: 'sequence', items: [request], span: this.#nowhere },
    })
  }

  #open(rate: OptionText, process: OptionText | undefined): Mapping {
    const value = this.#text(rate, '/s')
    const keySpan = process ? this.#source(process) : value.span
    const form = process ? process.text : 'constant'
    if (form === 'constant' || form === 'poisson') return entries([[form, { keySpan, value }]], value.span)
    this.#problems.error('TOPOLOGY_UNKNOWN_VALUE', keySpan, 'workload.arrivals', 'must be one of constant, poisson')
    return entries([['constant', { keySpan, value }]], value.span)
  }

  #closed(connections: OptionText | undefined): Mapping {
    const users = connections ? this.#number(connections) : scalar(10, this.#nowhere)
    return this.#mapping({ closed: this.#mapping({ users }) })
  }

  #headers(headers: readonly OptionText[]): Mapping | undefined {
    if (headers.length === 0) return undefined
    const fields = new Map<string, Entry>()
    for (const header of headers) {
      const span = this.#source(header)
      const [, name, value] = /^([^:]*?)\s*:\s*(.*?)\s*$/s.exec(header.text) ?? []
      if (name === undefined || value === undefined) {
        const message = 'is no header field'
        this.#problems.error('TOPOLOGY_BAD_FORMAT', span, 'workload.headers', message, 'write "X-Mine: text"')
      } else if (fields.has(name)) {
        const message = `the field "${name.slice(0, 60)}" is there twice`
        this.#problems.error('TOPOLOGY_DUPLICATE_KEY', span, 'workload.headers', message, 'remove one of them')
      } else {
        const start = header.text.indexOf(value, name.length + 1)
        const keySpan = { ...span, end: name.length }
        fields.set(name, { keySpan, value: scalar(value, { ...span, start, end: start + value.length }) })
      }
    }
    return { type: 'mapping', entries: fields, span: this.#nowhere }
  }

  #json(option: OptionText): Tree | undefined {
    const span = this.#source(option)
    try {
      return treeOf(JSON.parse(option.text, refuseProto), span)
    } catch (error) {
      const message = error instanceof SyntaxError ? 'is not JSON' : (error as Error).message
      this.#problems.error('TOPOLOGY_BAD_FORMAT', span, 'workload.json', message, `write '{"task":"report"}'`)
      return undefined
    }
  }

  /** The text; a number without unit gets one. */
  #text(option: OptionText, unit = ''): Tree {
    const bare = /^\s*[0-9]+(\.[0-9]+)?\s*$/.test(option.text)
    return scalar(bare ? option.text.trim() + unit : option.text, this.#source(option))
  }

  #number(option: OptionText): Tree {
    const whole = /^\s*[+-]?[0-9]+\s*$/.test(option.text)
    return scalar(whole ? Number(option.text) : option.text, this.#source(option))
  }

  #source({ option, text }: OptionText): Span {
    // Options that are given several times are told apart like patches.
    const nth = 1 + this.sources.filter(({ name }) => name === option || name.startsWith(`${option} #`)).length
    const source = new Source(nth === 1 ? option : `${option} #${nth}`, text)
    this.sources.push(source)
    return { source, start: 0, end: Math.max(1, text.length) }
  }

  #mapping(values: Readonly<Record<string, Tree | undefined>>): Mapping {
    const written = Object.entries(values).flatMap(([name, value]): [string, Entry][] =>
      value ? [[name, { keySpan: value.span, value }]] : [],
    )
    return entries(written, this.#nowhere)
  }
}

const scalar = (value: string | number | boolean | null, span: Span): Tree => ({
  type: 'scalar',
  value,
  plain: false,
  span,
})

const entries = (list: readonly [string, Entry][], span: Span): Mapping => ({
  type: 'mapping',
  entries: new Map(list),
  span,
})

/** As in the file, where no mapping may have this key: it would not be data, but the prototype. */
function refuseProto(key: string, value: unknown): unknown {
  if (key === '__proto__') throw new RangeError('"__proto__" cannot be used as a key')
  return value
}

function treeOf(value: unknown, span: Span): Tree {
  if (Array.isArray(value)) return { type: 'sequence', items: value.map(item => treeOf(item, span)), span }
  if (typeof value !== 'object' || value === null) return scalar(value as string | number | boolean | null, span)
  const list = Object.entries(value).map(([key, item]): [string, Entry] => [
    key,
    { keySpan: span, value: treeOf(item, span) },
  ])
  return entries(list, span)
}

function withoutSecrets<Value>(value: Value, secrets: SecretSlots): Value {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(item => withoutSecrets(item, secrets)) as Value
  const hidden = secrets.get(value)
  const shown = Object.entries(value).map(([key, inner]) => [
    key,
    hidden?.has(key) ? REDACTED : withoutSecrets(inner, secrets),
  ])
  return Object.fromEntries(shown) as Value
}
