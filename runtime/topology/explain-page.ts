import type { Setting, Settings } from '../kit/index.ts'
import type { AnySetting } from './common-settings.ts'
import { type Paint, painter } from './format.ts'

/** One page of `archlab explain`; as JSON it is what `--json` prints. */
export interface Page {
  readonly type: 'catalogue' | 'kind' | 'tactic' | 'policy' | 'topic'
  readonly name: string
  readonly summary: string
  readonly about?: string
  /** The textbook tactic. */
  readonly realises?: string
  /** What `scope:` takes. */
  readonly scopes?: readonly string[]
  readonly settings?: Settings
  readonly links?: Readonly<Record<string, string>>
  readonly counters?: Readonly<Record<string, string>>
  readonly gauges?: Readonly<Record<string, string>>
  /** Rows of a list, e.g. of the catalogue. */
  readonly rows?: readonly { readonly list: string; readonly name: string; readonly text: string }[]
  readonly example?: string
  /** Topics that tell the rest. */
  readonly also?: readonly string[]
}

const WHAT: Partial<Record<Page['type'], string>> = {
  kind: '  (a kind of component)',
  tactic: '  (a tactic)',
  policy: '  (a policy of links)',
}

/** A page as text. */
export function explainPage(page: Page, colour: boolean): string {
  const paint = painter(colour)
  const what = WHAT[page.type] ?? ''
  const lines = [`${paint.bold(page.name)}${paint.dim(what)}`, ...indent(page.summary, 2)]
  const section = (title: string, content: readonly string[]): void => {
    if (content.length > 0) lines.push('', `  ${paint.cyan(title)}`, ...content)
  }
  if (page.realises) section('Realises', indent(page.realises, 4))
  if (page.about) section('About', indent(page.about, 4))
  section('Settings', settingLines(page.settings ?? {}, paint, 4))
  if (page.scopes) section('Scopes', indent(page.scopes.join(', '), 4))
  section('Links', rows(page.links ?? {}))
  section('Counters', rows(page.counters ?? {}))
  section('Gauges', rows(page.gauges ?? {}))
  for (const [list, entries] of byList(page.rows ?? [])) section(list, rows(entries))
  if (page.example)
    section(
      'Example',
      page.example
        .trimEnd()
        .split('\n')
        .map(line => `    ${line}`),
    )
  const also =
    page.type === 'catalogue' ? ['archlab explain NAME'] : (page.also ?? []).map(one => `archlab explain ${one}`)
  section('More', indent(also.join('\n'), 4))
  return `${lines.join('\n')}\n`
}

function byList(rows: NonNullable<Page['rows']>): Map<string, Record<string, string>> {
  const lists = new Map<string, Record<string, string>>()
  for (const { list, name, text } of rows) lists.set(list, { ...lists.get(list), [name]: text })
  return lists
}

function rows(entries: Readonly<Record<string, string>>): string[] {
  const width = Math.max(0, ...Object.keys(entries).map(name => name.length))
  return Object.entries(entries).map(([name, text]) => `    ${name.padEnd(width)}  ${text}`)
}

const COLUMNS = 110

/** Prose on one long line is broken at words; lines that are indented are not prose. */
function indent(text: string, by: number): string[] {
  if (text === '') return []
  const margin = ' '.repeat(by)
  return text.split('\n').flatMap(line => {
    if (line === '') return ['']
    return line.startsWith(' ') ? [margin + line] : wrap(line, COLUMNS - by).map(part => margin + part)
  })
}

function wrap(line: string, width: number): string[] {
  const lines: string[] = []
  let current = ''
  for (const word of line.split(' ')) {
    if (current !== '' && current.length + word.length + 1 > width) {
      lines.push(current)
      current = word
    } else current = current === '' ? word : `${current} ${word}`
  }
  return [...lines, current]
}

function settingLines(settings: Settings, paint: Paint, by: number): string[] {
  const margin = ' '.repeat(by)
  return Object.entries(settings).flatMap(([name, one]) => {
    const head = `${margin}${paint.bold(name)}  ${typeText(one)}  ${paint.dim(`(${presence(one)})`)}`
    const inner = one['x-archlab'] === 'list' ? (one.items as Setting) : one
    const below = inner['x-archlab'] === 'group' ? settingLines(inner.properties as Settings, paint, by + 4) : []
    return [head, ...indent(one.description, by + 4), ...below]
  })
}

function presence(one: AnySetting): string {
  if (one.default === undefined) return one.optional ? 'optional' : 'required'
  const text = typeof one.default === 'string' ? one.default : JSON.stringify(one.default)
  return text.length > 60 ? 'has a default' : `default ${text}`
}

const FORMS: Partial<Record<string, string>> = {
  distribution: 'duration or distribution',
  ratio: 'percentage',
  integer: 'whole number',
  component: 'name of a component',
  link: 'name of a component, a list of them, or a link',
  secret: 'secret text',
  flag: 'true or false',
  group: 'mapping',
  any: 'any value',
}

const SAMPLES: Partial<Record<string, string>> = {
  duration: '250ms',
  distribution: '10ms or { exponential: 10ms }',
  size: '64kb',
  rate: '200/s',
  ratio: '5%',
}

/** Type, range and unit of a setting, in words. */
function typeText(one: AnySetting): string {
  const schema: Readonly<Record<string, unknown>> & { enum?: readonly unknown[] } = { ...one }
  const type = one['x-archlab']
  if (type === 'choice') return (schema.enum ?? []).join(' | ')
  if (type === 'list') return `list of: ${typeText(one.items as Setting)}`
  const least = schema.minimum ?? schema['x-minimum']
  const most = schema.maximum ?? schema['x-maximum']
  const range = least === undefined || most === undefined ? '' : `, ${least} to ${most}`
  const unit = schema['x-unit'] ? ` ${schema['x-unit']}` : ''
  const form = type === 'any' ? schema['x-form'] : undefined
  const sample = SAMPLES[type] ? `, e.g. ${SAMPLES[type]}` : ''
  return `${form ?? FORMS[type] ?? type}${range}${unit}${sample}`
}
