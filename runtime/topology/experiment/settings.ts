import { any, choice, list, ratio, type Settings, text } from '../../kit/index.ts'
import { form } from '../common-settings.ts'

/** The settings of an entry of `experiments:`. One table serves the check, `explain` and the editor schema. */

/** Runs of each variant where nobody says: enough for five measures at once to be told apart for sure. */
export const RUNS = 10
export const RUNS_MAX = 1000
/** Fewer can never tell two variants apart: by chance alone one of 2^5 experiments has all runs on one side. */
export const RUNS_MIN = 6

/** Checks of a run that say something of the lab, not of the load that it got. */
export const ACCEPTABLE = ['steady', 'drops'] as const

/** What is compared where nobody says. */
export const COMPARED = ['p50', 'p95', 'p99', 'throughput', 'errors'] as const

const RUNS_SCHEMA = { anyOf: [{ const: 'auto' }, { type: 'integer', minimum: RUNS_MIN, maximum: RUNS_MAX }] }

/** What may stand beside a measure: `- p95: { margin: 2% }`. */
export const COMPARED_SETTINGS: Settings = {
  margin: ratio({
    doc: 'Differences up to this do not matter: 5% of the value; of errors and other shares 1%, in percentage points.',
    optional: true,
  }),
  better: choice(['lower', 'higher'], {
    doc: 'Which is better; times, errors and drops are better lower, throughput and goodput higher.',
    optional: true,
  }),
}

export const EXPERIMENT_SETTINGS: Settings = {
  question: text({ doc: 'What the experiment answers, in words.', optional: true }),
  workload: text({ doc: 'The workload, by its name; the only one by default.', optional: true }),
  variants: form(
    any({
      doc: 'Patches of the topology by the name of the variant: `{ without: { tactics.retry: off }, with: {} }`. The first is what the others are compared with; a single one is compared with the topology as it is.',
      editor: {
        schema: { type: 'object', minProperties: 1, additionalProperties: { type: ['object', 'null'] } },
      },
    }),
    'mapping of variants',
  ),
  compare: form(
    any({
      doc: `Measures, as in expectations: \`[p95 of GET /data, errors]\`, or with more to say \`- p95: { margin: 2% }\`; by default ${COMPARED.join(', ')}.`,
      optional: true,
      editor: { schema: { type: 'array', minItems: 1, items: { type: ['string', 'object'] } } },
    }),
    'list of measures',
  ),
  runs: {
    ...form(
      any({
        doc: 'Runs of each variant, each in a lab of its own; `auto` makes them until there is an answer, or none is in sight.',
        editor: { schema: RUNS_SCHEMA },
      }),
      `a whole number from ${RUNS_MIN} to ${RUNS_MAX}, or auto`,
    ),
    default: RUNS,
  },
  accept: list(choice(ACCEPTABLE, { doc: 'A check.' }), {
    doc: 'Checks that a run may fail, because the experiment is about just that: `[steady]` for a lab beyond its limit.',
    default: [],
  }),
}
