import { any, duration, group, integer, ratio } from '../kit/index.ts'
import { bounds, form } from './setting-words.ts'

export const REPLICAS_MAX = 1000

const count = { min: 1, max: REPLICAS_MAX }

/** `replicas: 3`. */
export const REPLICAS_COUNT = integer({ doc: 'How many instances run.', ...count, default: 1 })

/**
 * `replicas: { min, max, target, ... }`, in the words of Kubernetes' HorizontalPodAutoscaler; the defaults of times are shorter
 * than there, for labs that run for minutes.
 */
export const AUTOSCALING_SETTINGS = {
  min: integer({ doc: 'Fewest replicas.', ...count, default: 1 }),
  max: integer({ doc: 'Most replicas.', ...count }),
  initial: integer({ doc: 'How many the lab starts with; by default `min`.', ...count, optional: true }),
  target: group(
    {
      utilisation: bounds(
        ratio({ doc: "Busy share of the replicas' threads, on average over those that are ready." }),
        '1%',
        '100%',
      ),
    },
    { doc: 'What the number of replicas is to bring about.' },
  ),
  tolerance: bounds(
    ratio({
      doc: 'As long as the figure is off its target by no more than this share of it, nothing changes.',
      default: '10%',
    }),
    '0%',
    '90%',
  ),
  stabilisation: bounds(
    duration({
      doc: 'Replicas are taken away down to the highest number that was recommended within this time; 0ms for at once.',
      default: '30s',
    }),
    '0ms',
    '24h',
  ),
  interval: bounds(duration({ doc: 'How often the figure is looked at.', default: '5s' }), '100ms', '1h'),
} as const

/** `replicas` of a component. */
export const REPLICAS_SETTING = form(
  {
    ...any({
      doc: 'How many instances run; or { min, max, target: { utilisation: 70% } }, and the lab decides, see `archlab explain autoscaling`.',
      editor: {
        schema: {
          anyOf: [
            REPLICAS_COUNT,
            {
              type: 'object',
              properties: AUTOSCALING_SETTINGS,
              required: ['max', 'target'],
              additionalProperties: false,
            },
          ],
        },
      },
    }),
    default: 1,
  },
  `whole number, 1 to ${REPLICAS_MAX}, or { min, max, target }`,
)
