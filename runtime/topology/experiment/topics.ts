import type { Page } from '../explain-page.ts'
import { COMPARED_SETTINGS, EXPERIMENT_SETTINGS } from './settings.ts'

const EXPERIMENT_EXAMPLE = `
experiments:
  retries-pay:
    question: Do retries serve more requests?
    workload: browse
    variants:
      without: { tactics.retry: off }
      with: {}
    compare: [goodput, errors, p95 of GET /data]
    runs: 10`

const COMPARED_EXAMPLE = `
compare:
  - p95 of GET /data: { margin: 2% }
  - status 304: { better: higher }
  - errors`

/** What `archlab explain` tells of experiments. */
export const EXPERIMENT_TOPICS: Readonly<Record<string, Page>> = {
  experiment: {
    type: 'topic',
    name: 'experiment',
    summary: 'Variants of the topology that archlab compare puts the same load on; an entry of experiments:.',
    settings: EXPERIMENT_SETTINGS,
    example: EXPERIMENT_EXAMPLE.trim(),
    also: ['compared', 'workload'],
  },
  compared: {
    type: 'topic',
    name: 'compared',
    summary: 'What may be said of a measure in compare: of an experiment.',
    settings: COMPARED_SETTINGS,
    example: COMPARED_EXAMPLE.trim(),
    also: ['experiment', 'expectation'],
  },
}
