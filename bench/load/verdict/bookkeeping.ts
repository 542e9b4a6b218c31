import { addCounts, type Counts } from '../record/outcomes.ts'
import type { ValidityCheck } from '../result.ts'
import { checked, count, digits, duration, plural } from './check.ts'
import type { RunToJudge } from './run.ts'

/** Sums of millions of fractions differ in their last digits, and by no more than these. */
const RELATIVE_ERROR = 1e-6
const ABSOLUTE_ERROR_MS = 1e-3

/**
 * Little's law on the generator's own records (J. D. C. Little, Operations Research 9, 1961; for sample paths S. Stidham,
 * Operations Research 22, 1974): requests in the system, added up over time, equal times in the system, added up over
 * requests, exactly, when the system is empty before and after. They are recorded in two ways, so a difference is a mistake.
 */
export function littleCheck({ report }: RunToJudge): ValidityCheck {
  const { inSystemMs, sojournMs } = report.little
  const differenceMs = Math.abs(inSystemMs - sojournMs)
  const holds = differenceMs <= ABSOLUTE_ERROR_MS + RELATIVE_ERROR * Math.max(inSystemMs, sojournMs)
  const { intended } = addCounts(everything(report))
  const perRequestMs = intended === 0 ? 0 : sojournMs / intended
  const inSystem = report.elapsedMs > 0 ? inSystemMs / report.elapsedMs : 0
  const explanation = holds
    ? `On average ${digits(inSystem)} requests were in the system, for ${duration(perRequestMs)} each; L = λW agrees, so no request is lost in the records.`
    : `Requests in the system and times in it, recorded apart, disagree by ${duration(differenceMs)} (L = λW): the generator's records are wrong.`
  return checked('little', holds, explanation, { inSystemMs, sojournMs, inSystem, perRequestMs })
}

/** Whether every arrival is counted once and only once. */
export function countsCheck({ report }: RunToJudge): ValidityCheck {
  const all = addCounts(everything(report))
  const parts = [...everything(report), report.logins]
  const problems = [
    ...parts.filter(one => sum(one.outcomes) !== one.intended).map(() => 'outcomes do not add up to the arrivals'),
    ...parts
      .filter(one => sum(one.statuses) !== (one.outcomes.replied ?? 0))
      .map(() => 'statuses do not add up to the replies'),
    ...report.requests
      .filter(({ latency, service, measured }) =>
        [latency.count, service.count].some(recorded => recorded !== (measured.outcomes.replied ?? 0)),
      )
      .map(({ name }) => `latencies of ${name} are not as many as its replies`),
    ...timelineProblems(report, all),
  ]
  const ended = sum(all.outcomes)
  const explanation =
    problems.length === 0
      ? `Every arrival ended in exactly one way and was counted so: ${count(all.intended)}.`
      : `Counts disagree: ${[...new Set(problems)].join('; ')}. ${count(ended)} of ${plural(all.intended, 'arrival')} have an end.`
  return checked('counts', problems.length === 0, explanation, { intended: all.intended, ended })
}

/** Whether replies were what they said they were, and nothing more. */
export function excessCheck({ report }: RunToJudge): ValidityCheck {
  const { excessReplies } = report
  const explanation =
    excessReplies === 0
      ? 'The server sent nothing beyond its replies.'
      : `${plural(excessReplies, 'time')} the server sent more than its reply, so it is not sure which request an answer belongs to.`
  return checked('excess', excessReplies === 0, explanation, { excessReplies })
}

type Report = RunToJudge['report']

const everything = (report: Report): Counts[] => report.requests.flatMap(({ warmup, measured }) => [warmup, measured])

function timelineProblems({ steps, lateness, lag, requests }: Report, all: Counts): string[] {
  const total = (of: (step: Report['steps'][number]) => number): number =>
    steps.reduce((sum, step) => sum + of(step), 0)
  const problems: string[] = []
  if (total(({ intended }) => intended) !== all.intended) problems.push('the timeline has other arrivals')
  const replied = all.outcomes.replied ?? 0
  if (total(({ completed }) => completed) !== replied) problems.push('the timeline has other replies')
  if (total(({ failed }) => failed) !== sum(all.outcomes) - replied) problems.push('the timeline has other failures')
  const measured = addCounts(requests.map(one => one.measured)).intended
  if (lateness.count !== measured || lag.count > measured) problems.push('lags are not those of the arrivals')
  return problems
}

const sum = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((a, b) => a + b, 0)
