import { ArchlabError, parseDuration, UnitError } from '../../kit/index.ts'
import { parseOperation } from '../operations/parse.ts'
import type { Words } from './words.ts'

/** Something that somebody did to a lab, ready to be done again. */
export interface Step {
  readonly atMs: number
  /** Where it stands, e.g. `:3` for a line, ` events[3]` in a document. */
  readonly place: string
  /** For a person. */
  readonly what: string
  /** What the control API is to be sent. */
  readonly change: { readonly path: '/operations' | '/topology'; readonly body: unknown }
}

/** What is to be repeated, in the order of time. */
export interface Recording {
  readonly steps: readonly Step[]
  /** What is not repeated, because the lab did it by itself or it was a request: how often, by event. */
  readonly leftOut: Readonly<Record<string, number>>
  /** How many older events the lab had forgotten. */
  readonly forgotten: number
}

/** What is wrong with a session. */
export interface SessionProblem {
  readonly place: string
  readonly message: string
  readonly hint: string | undefined
}

const EXAMPLE = 'write { "at": "2s", "kill": "api/0" }'
const RECORD = 'record it with archlab events --json'

/**
 * Reads a session: the JSON document of `archlab events --json`, or JSON lines, each of them an event of such a document or what
 * is to be done, in the words of `environment:`. Either a recording, or problems.
 */
export function readSession(text: string): { recording: Recording | null; problems: readonly SessionProblem[] } {
  const reader = new Reader()
  const whole = json(text)
  if (isObject(whole) && 'events' in whole) reader.document(whole)
  else reader.lines(text)
  return reader.result()
}

class Reader {
  readonly #steps: Step[] = []
  readonly #leftOut: Record<string, number> = {}
  readonly #problems: SessionProblem[] = []
  #texts: Readonly<Record<string, unknown>> = {}
  #forgotten = 0

  document({ events, texts, forgotten }: Readonly<Record<string, unknown>>): void {
    if (isObject(texts)) this.#texts = texts
    if (typeof forgotten === 'number') this.#forgotten = forgotten
    if (Array.isArray(events)) for (const [index, entry] of events.entries()) this.#entry(entry, ` events[${index}]`)
    else this.#wrong('', '"events" must be a list', RECORD)
  }

  lines(text: string): void {
    for (const [index, line] of text.split('\n').entries()) {
      if (line.trim() === '') continue
      const entry = json(line)
      if (entry === undefined) this.#wrong(`:${index + 1}`, 'this is not JSON', EXAMPLE)
      else this.#entry(entry, `:${index + 1}`)
    }
  }

  result(): { recording: Recording | null; problems: readonly SessionProblem[] } {
    if (this.#problems.length > 0) return { recording: null, problems: this.#problems }
    const steps = this.#steps.toSorted((left, right) => left.atMs - right.atMs)
    return { recording: { steps, leftOut: this.#leftOut, forgotten: this.#forgotten }, problems: [] }
  }

  #entry(entry: unknown, place: string): void {
    try {
      if (!isObject(entry)) throw malformed('an entry is an object', EXAMPLE)
      if ('sinceStartMs' in entry) this.#event(entry, place)
      else this.#written(entry, place)
    } catch (error) {
      if (!(error instanceof ArchlabError || error instanceof UnitError)) throw error
      this.#wrong(place, error.message, error.hint)
    }
  }

  #event({ sinceStartMs, event, repeat }: Readonly<Record<string, unknown>>, place: string): void {
    if (typeof sinceStartMs !== 'number' || !(sinceStartMs >= 0)) throw malformed('"sinceStartMs" is no time', RECORD)
    if (typeof event !== 'string') throw malformed('it has no "event"', RECORD)
    if (repeat === null) this.#leftOut[event] = (this.#leftOut[event] ?? 0) + 1
    else if (isObject(repeat)) this.#step(sinceStartMs, repeat, place)
    else throw malformed(`"${event}" does not say how to repeat it`, RECORD)
  }

  #written({ at, ...words }: Words, place: string): void {
    if (at === undefined) throw malformed('it has no time', EXAMPLE)
    this.#step(parseDuration(at), words, place)
  }

  #step(atMs: number, words: Words, place: string): void {
    this.#steps.push({ atMs, place, what: shown(words), change: this.#change(words) })
  }

  #change(words: Words): Step['change'] {
    const { set, save, apply, text, ...others } = words
    const edits = [set, save, apply].filter(one => one !== undefined)
    if (edits.length === 0) {
      parseOperation(words)
      return { path: '/operations', body: words }
    }
    const [odd] = Object.keys(others)
    if (odd !== undefined || edits.length > 1) throw malformed('an entry does one thing', EXAMPLE)
    if (set === undefined) return { path: '/topology', body: this.#file({ save, apply, text }) }
    if (Array.isArray(set) && set.length > 0 && set.every(one => typeof one === 'string')) {
      return { path: '/topology', body: { set } }
    }
    throw malformed('"set" must be a list of patches', 'write "set": ["components.api.replicas=4"]')
  }

  #file({ save, apply, text }: Words): unknown {
    const path = save ?? apply
    if (typeof path !== 'string')
      throw malformed('a file is named by its path', 'write "apply": "/path/of/topology.yaml"')
    const file = save === undefined ? { file: path } : {}
    if (text === undefined && save === undefined) return file
    const known = typeof text === 'string' && Object.hasOwn(this.#texts, text) ? this.#texts[text] : undefined
    if (typeof known === 'string') return { ...file, text: known }
    const hint = `${RECORD}, as the user who started the lab; or take the entry out`
    throw malformed(`the text of ${path} is not in the session`, hint)
  }

  #wrong(place: string, message: string, hint: string | undefined): void {
    this.#problems.push({ place, message, hint })
  }
}

/** `undefined` for what is no JSON. */
function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function shown(words: Words): string {
  const { text: _, ...told } = words
  const [first, ...settings] = Object.entries(told).map(([name, value]) => [name, valueText(value)] as const)
  return [first?.join(' '), ...settings.map(([name, value]) => `${name}=${value}`)].join(' ')
}

function valueText(value: unknown): string {
  if (Array.isArray(value)) return value.map(valueText).join(' ')
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
}

const malformed = (message: string, hint: string): ArchlabError =>
  new ArchlabError('SESSION_MALFORMED', message, { hint })
