import type { ExpectationResult, ScenarioResult } from '../../verify/result.ts'
import { count, counted } from '../format.ts'
import { type Content, type Html, html } from '../html.ts'
import { figureText, intervalText } from '../parts/figure-text.ts'
import { code, mark, type Tone, verdict } from '../parts/marks.ts'
import type { Section } from '../parts/section.ts'
import { table } from '../parts/table.ts'

/** Whether the scenario is met, expectation by expectation. */
export function expectationsSection(result: ScenarioResult): Section {
  const { tone, statement, explanation } = findingOf(result)
  return {
    id: 'verdict',
    title: 'Verdict',
    short: 'Verdict',
    lead: 'Was every response measure reached, how sure is that, and who kept it from being reached?',
    body: [
      html`<ul class="findings">
<li class="${tone}">${mark(tone)}<div><h3>${statement}</h3><p>${explanation}</p></div></li>
</ul>`,
      expectationTable(result.expectations),
    ],
  }
}

function findingOf({ verdict: word, invalid, expectations }: ScenarioResult): {
  tone: Tone
  statement: string
  explanation: Content
} {
  if (word === 'invalid') {
    const statement = 'The measurement is invalid: draw no conclusions from its figures.'
    return { tone: 'bad', statement, explanation: invalid.map((one, at) => [at > 0 && html`<br />`, one]) }
  }
  const missed = expectations.filter(({ met }) => !met)
  const undecided = expectations.filter(one => one.verdict === 'undecided')
  const explanation =
    undecided.length === 0
      ? 'The interval of every estimate lies on one side of its limit.'
      : `${counted(undecided.length, 'expectation')} undecided: the interval contains the limit, and the value alone was judged.`
  if (missed.length === 0) return { tone: 'good', statement: 'The scenario is met.', explanation }
  const statement = `${missed.length} of ${counted(expectations.length, 'expectation')} ${missed.length === 1 ? 'is' : 'are'} not met.`
  return { tone: 'bad', statement, explanation }
}

function expectationTable(rows: readonly ExpectationResult[]): Html {
  return table<ExpectationResult>({
    id: 'expectations',
    caption: 'Expectations',
    columns: [
      { heading: 'Expectation', cell: one => code(one.expression) },
      { heading: 'Measured', numeric: true, cell: measured },
      { heading: 'Interval of 95 %', numeric: true, cell: one => intervalText(one.interval, one.unit) },
      { heading: 'Verdict', cell: verdictOf },
      { heading: 'Simulated', cell: simulatedOf },
      { heading: 'Why', cell: why },
    ],
    rows,
  })
}

const measured = ({ value, unit }: ExpectationResult): string =>
  value === null ? 'not measured' : figureText(value, unit)

function verdictOf({ verdict: word, met }: ExpectationResult): Html {
  if (word === 'undecided') return verdict('warn', `${met ? 'met' : 'not met'}, undecided`)
  return verdict(met ? 'good' : 'bad', word)
}

function simulatedOf({ simulated, unit }: ExpectationResult): Content {
  if (!simulated) return null
  const word = simulated.met ? 'met' : 'not met'
  return simulated.value === null ? word : `${word} (${figureText(simulated.value, unit)})`
}

function why({ cause, value, note, needed }: ExpectationResult): Content {
  const sentences = [
    ...(value === null && note !== null ? [note] : []),
    ...(cause === null ? [] : [cause]),
    ...(needed === null ? [] : [`too short: needs about ${count(needed.amount)} ${needed.of}`]),
  ]
  return sentences.length === 0 ? null : html`<p class="found">${sentences.join('; ')}</p>`
}
