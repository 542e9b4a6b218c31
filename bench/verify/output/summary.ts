import { averagesText } from '../../load/command/output/averages-text.ts'
import { count, paint, seconds, visible } from '../../load/command/progress/text.ts'
import { type Column, formatTable } from '../../support/table.ts'
import type { ComparisonRow, ExpectationResult, ScenarioResult } from '../result.ts'
import { differenceText, intervalText, valueText } from './words.ts'

/** What came of a scenario, for a person at a terminal. */
export function scenarioText(result: ScenarioResult, colour: boolean): string {
  const blocks = [
    headline(result, colour),
    result.runs.flatMap(({ events }) => events).length > 0 ? eventLines(result) : '',
    result.expectations.map(one => expectationLines(one, colour)).join('\n'),
    comparisonTable(result.comparison),
    ...result.runs.map(({ load }) => (load.runningAverages ? averagesText(load.runningAverages) : '')),
    result.remarks.map(remark => `  ${visible(remark)}`).join('\n'),
    result.invalid.map(reason => `  ${paint('red', 'invalid', colour)}  ${visible(reason)}`).join('\n'),
  ]
  return blocks.filter(block => block !== '').join('\n\n')
}

const COLOURS = { met: 'green', 'not met': 'red', invalid: 'red', undecided: 'yellow' } as const

function headline({ name, verdict, scenario, runs }: ScenarioResult, colour: boolean): string {
  const word = paint(COLOURS[verdict], verdict === 'met' ? 'met' : verdict.toUpperCase(), colour)
  const { source, artifact, response, stimulus } = scenario
  const words = [source, artifact, response].filter(one => one !== null).map(visible)
  const times = runs.length > 1 ? `, ${runs.length} runs` : ''
  const lengthMs = runs[0]?.load.elapsedMs ?? 0
  return [
    `${paint('bold', name, colour)}: ${word}  (${stimulus}, ${seconds(lengthMs)}${times})`,
    ...(words.length > 0 ? [words.join(' → ')] : []),
  ].join('\n')
}

function eventLines({ runs }: ScenarioResult): string {
  return runs[0]!.events
    .map(({ operation, beganMs, affected, error }) => {
      const at = beganMs === null ? 'not carried out' : seconds(beganMs).padStart(7)
      return `${at}  ${operation.action}  ${visible(error ?? affected.join(', '))}`
    })
    .join('\n')
}

function expectationLines(one: ExpectationResult, colour: boolean): string {
  const { verdict, met, expression, value, unit, interval, needed, cause, note, simulated } = one
  const word = verdict === 'undecided' ? `${met ? 'met' : 'not met'}, undecided` : verdict
  const interval95 = intervalText(interval, unit)
  const figure = value === null ? (note ?? 'nothing was measured') : valueText(value, unit)
  return [
    `${paint(COLOURS[verdict], word.padEnd(18), colour)}  ${visible(expression)}  (${visible(figure)}${interval95 && `; 95 %: ${interval95}`})`,
    ...(needed === null ? [] : [`${' '.repeat(20)}too short: needs about ${count(needed.amount)} ${needed.of}`]),
    ...(simulated === null
      ? []
      : [`${' '.repeat(20)}simulated: ${simulated.met ? 'met' : 'not met'} (${valueText(simulated.value, unit)})`]),
    ...(cause === null ? [] : [`${' '.repeat(20)}because of ${visible(cause)}`]),
  ].join('\n')
}

/** The three columns; rows without any figure are left out. */
export function comparisonTable(rows: readonly ComparisonRow[]): string {
  const right = (title: string): Column => ({ title, align: 'right' })
  const shown = rows.filter(({ theory, simulation, measurement }) =>
    [theory, simulation, measurement].some(({ value }) => value !== null),
  )
  return formatTable(
    [
      { title: 'measure' },
      ...['theory', 'simulation', 'measured', '95 %', 'against theory', 'against simulation'].map(right),
    ],
    shown.map(({ measure, unit, theory, simulation, measurement }) => [
      visible(measure),
      valueText(theory.value, unit),
      valueText(simulation.value, unit),
      valueText(measurement.value, unit),
      intervalText(measurement.interval, unit),
      differenceText(measurement.value, theory.value),
      differenceText(measurement.value, simulation.value),
    ]),
  )
}
