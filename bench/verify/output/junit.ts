import type { ExpectationResult, ScenarioResult } from '../result.ts'
import { intervalText, valueText } from './words.ts'

/**
 * Results as JUnit XML, as CI systems read it: a suite for each scenario, a case for each expectation. Of an invalid
 * measurement every case is an error, whatever its value.
 */
export function junitText(results: readonly ScenarioResult[]): string {
  const suites = results.map(suite)
  const total = (of: (result: ScenarioResult) => number): number => results.reduce((sum, one) => sum + of(one), 0)
  const counts = `tests="${total(one => one.expectations.length)}" failures="${total(failures)}" errors="${total(errors)}"`
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="archlab verify" ${counts}>\n${suites.join('')}</testsuites>\n`
}

const isInvalid = ({ verdict }: ScenarioResult): boolean => verdict === 'invalid'
const errors = (one: ScenarioResult): number => (isInvalid(one) ? one.expectations.length : 0)
const failures = (one: ScenarioResult): number =>
  isInvalid(one) ? 0 : one.expectations.filter(({ met }) => !met).length

function suite(result: ScenarioResult): string {
  const { name, startedAt, expectations, runs } = result
  const seconds = runs.reduce((sum, { load }) => sum + load.elapsedMs, 0) / 1000
  const counts = `tests="${expectations.length}" failures="${failures(result)}" errors="${errors(result)}"`
  const head = `  <testsuite name="${escaped(name)}" timestamp="${startedAt}" time="${seconds.toFixed(3)}" ${counts}>\n`
  const why = isInvalid(result) ? `    <system-err>${escaped(result.invalid.join('\n'))}</system-err>\n` : ''
  return `${head}${expectations.map(one => testCase(one, result)).join('')}${why}  </testsuite>\n`
}

function testCase(one: ExpectationResult, result: ScenarioResult): string {
  const head = `    <testcase classname="${escaped(result.name)}" name="${escaped(one.expression)}"`
  if (isInvalid(result)) {
    return `${head}>\n${outcome('error', 'the measurement is invalid, see system-err', '')}    </testcase>\n`
  }
  if (one.met) return `${head}/>\n`
  const value = one.value === null ? (one.note ?? 'nothing was measured') : valueText(one.value, one.unit)
  const interval = intervalText(one.interval, one.unit)
  const message = `${value}${interval && ` (95 %: ${interval})`}`
  return `${head}>\n${outcome('failure', message, one.cause ?? '')}    </testcase>\n`
}

const outcome = (tag: string, message: string, text: string): string =>
  `      <${tag} message="${escaped(message)}">${escaped(text)}</${tag}>\n`

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
}

/** What XML 1.0 does not allow becomes U+FFFD. */
const escaped = (text: string): string =>
  text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replace(/[&<>"\n]/g, character => ENTITIES[character]!)
