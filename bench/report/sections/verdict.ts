import type { LoadResult, ThresholdResult } from '../../load/result.ts'
import { clock, count, counted, duration, listed, percent, rate, roundDuration, number as shown } from '../format.ts'
import { type Content, type Html, html } from '../html.ts'
import { code, mark, name, type Tone, verdict } from '../parts/marks.ts'
import type { Section } from '../parts/section.ts'
import { table } from '../parts/table.ts'
import type { Refusal } from '../reading/refusals.ts'
import { sumsOf, troubled } from '../reading/statuses.ts'

/** One sentence of the verdict, and what stands behind it. */
interface Finding {
  readonly tone: Tone
  readonly statement: Content
  readonly explanation: Content
}

/** What the whole report comes down to. */
export function verdictSection(result: LoadResult, refusals: readonly Refusal[]): Section {
  const findings = [
    ...(result.complete ? [] : [cutShort(result)]),
    validity(result),
    thresholds(result.thresholds),
    refusal(result, refusals),
    inside(result),
  ]
  const items = findings.map(
    ({ tone, statement, explanation }) =>
      html`<li class="${tone}">${mark(tone)}<div><h3>${statement}</h3><p>${explanation}</p></div></li>\n`,
  )
  return {
    id: 'verdict',
    title: 'Verdict',
    short: 'Verdict',
    lead: 'Can the measurement be trusted, was what was asked for reached, and who turned requests away first?',
    body: html`<ul class="findings">
${items}</ul>
${result.thresholds.length > 0 && thresholdTable(result.thresholds)}`,
  }
}

function cutShort({ elapsedMs, workload }: LoadResult): Finding {
  const planned = workload.durationMs
  const after = `${roundDuration(Math.round(elapsedMs))}${planned === null ? '' : ` of ${roundDuration(planned)}`}`
  return {
    tone: 'warn',
    statement: `The run was cut short after ${after}.`,
    explanation: 'All figures are of the part that was run.',
  }
}

/** The check that tells why somebody was, or nobody was, the bottleneck. */
const BOTTLENECK = 'bottleneck'
const BOTTLENECKS = {
  lab: 'The system under test was the bottleneck, the load generator was not.',
  generator: 'The load generator was the bottleneck: the system was never asked for as much as intended.',
  none: 'Neither the system nor the load generator was at its limit.',
} as const

function validity({ validity: { verdict, bottleneck, checks } }: LoadResult): Finding {
  const who = checks.find(check => check.name === BOTTLENECK)?.explanation ?? BOTTLENECKS[bottleneck]
  const failed = checks.filter(check => check.verdict === 'failed' && check.name !== BOTTLENECK)
  if (verdict === 'valid') {
    const passed = checks.filter(check => check.verdict === 'passed')
    const explanation = `${counted(passed.length, 'check')} of the measurement passed. ${who}`
    return { tone: 'good', statement: 'The measurement is valid.', explanation }
  }
  return {
    tone: 'bad',
    statement: 'The measurement is invalid: draw no conclusions from its figures.',
    explanation: [...failed.map(check => html`<em>${check.name}</em>: ${check.explanation} `), who],
  }
}

function thresholds(list: readonly ThresholdResult[]): Finding {
  const missed = list.filter(one => !one.met)
  if (list.length === 0) {
    return {
      tone: 'plain',
      statement: 'No thresholds were set.',
      explanation: 'Thresholds such as “p95 < 50ms” would say here whether the system was good enough.',
    }
  }
  if (missed.length === 0) {
    const statement = list.length === 1 ? 'The threshold is met.' : `All ${count(list.length)} thresholds are met.`
    return { tone: 'good', statement, explanation: 'The system did what was asked of it.' }
  }
  return {
    tone: 'bad',
    statement: `${count(missed.length)} of ${counted(list.length, 'threshold')} ${missed.length === 1 ? 'is' : 'are'} not met.`,
    explanation: missed.map((one, at) => [at > 0 && ', ', code(one.expression), ` (measured: ${thresholdValue(one)})`]),
  }
}

function thresholdTable(list: readonly ThresholdResult[]): Html {
  return table({
    id: 'thresholds',
    caption: 'Thresholds',
    compact: true,
    columns: [
      { heading: 'Threshold', cell: one => code(one.expression) },
      { heading: 'Measured', numeric: true, cell: thresholdValue },
      { heading: 'Verdict', cell: one => (one.met ? verdict('good', 'met') : verdict('bad', 'not met')) },
    ],
    rows: list,
  })
}

/** In the unit that the expression compares with. */
function thresholdValue({ expression, value }: ThresholdResult): string {
  if (value === null) return 'not measured'
  const limit = expression.match(/[\d.]+\s*(%|\/\s*\w+|[nuµm]?s|min|m|h)?\s*$/)?.[1]
  if (limit === '%') return percent(value)
  if (limit?.startsWith('/')) return rate(value)
  return limit ? duration(value) : shown(value)
}

/** The refusals that kept a request from its reply. */
const acted = (refusals: readonly Refusal[]): Refusal[] => refusals.filter(one => !one.reportOnly)

function refusal(result: LoadResult, refusals: readonly Refusal[]): Finding {
  const [first, ...others] = acted(refusals)
  if (!first) return noRefusal(result)
  const { component, mechanism, settings, address, verb, count: times, firstAtMs } = first
  const opening = settings.split(', ').slice(0, 2).join(', ')
  const does = first.verb === 'refused' ? 'refuses' : 'fails'
  return {
    tone: 'warn',
    statement: [name(component), ` ${does} requests first`, firstAtMs !== null && `, from ${clock(firstAtMs)} on`, '.'],
    explanation: [
      html`Its ${code(mechanism)}${opening !== '' && html` (${code(opening)})`} ${verb} ${counted(times, 'request')}. `,
      html`It stands at ${code(address)}. `,
      others.length > 0 && ['After it: ', listedOthers(others), '.'],
    ],
  }
}

const OTHERS_NAMED = 4

function listedOthers(others: readonly Refusal[]): Content {
  const named = others.slice(0, OTHERS_NAMED)
  const more = others.length - named.length
  const items: Content[] = named.map(one => [
    name(one.component),
    ` ${one.verb} ${count(one.count)} (`,
    code(one.mechanism),
    ')',
  ])
  if (more > 0) items.push(`${count(more)} more`)
  return items.map((item, at) => [at > 0 && (at === items.length - 1 ? ' and ' : ', '), item])
}

function noRefusal({ lab, totals }: LoadResult): Finding {
  const bad = troubled(sumsOf(totals.statuses))
  const lost = Object.entries(totals.outcomes).filter(([outcome, times]) => outcome !== 'replied' && times > 0)
  const trouble = [
    ...(bad > 0 ? [`${counted(bad, 'reply', 'replies')} with a status of 400 or more`] : []),
    ...lost.map(([outcome, times]) => `${outcome} ${count(times)}`),
  ]
  if (trouble.length === 0) {
    return { tone: 'good', statement: 'No request was refused.', explanation: 'Every reply was a success.' }
  }
  return {
    tone: 'warn',
    statement: 'Not every request succeeded.',
    explanation: `Clients saw: ${listed(trouble)}.${
      lab && ' No tactic and no link counted a refusal: the components themselves answered so.'
    }`,
  }
}

/** What the lab counted, beside what clients saw. */
function inside({ lab }: LoadResult): Finding {
  if (!lab) {
    return {
      tone: 'plain',
      statement: 'Only the clients’ side was measured.',
      explanation: 'The server is not one of our labs, so this report has no topology, no components and no queues.',
    }
  }
  const { clients, entry, equal } = lab.reconciled
  const figures = `Clients received ${counted(clients, 'reply', 'replies')}, the entry counted ${count(entry)}.`
  if (equal) return { tone: 'good', statement: 'Every reply is accounted for.', explanation: figures }
  return {
    tone: 'warn',
    statement: 'Clients and lab do not count the same.',
    explanation: `${figures} Replies were lost on the way, or somebody else used the lab meanwhile.`,
  }
}
