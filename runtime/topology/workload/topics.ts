import type { Page } from '../explain-page.ts'
import { ARRIVAL_SETTINGS, REQUEST_SETTINGS, STAGE_SETTINGS, WORKLOAD_SETTINGS } from './settings.ts'

const WORKLOAD_EXAMPLE = `
workloads:
  browse:
    entry: edge
    arrivals: { poisson: 50/s }
    duration: 30s
    warmup: 5s
    login: { request: POST /login, json: { username: user1, password: password123 } }
    requests:
      - { request: GET /data, weight: 9 }
      - { request: POST /longtask, json: { task: report } }`

const ARRIVALS_EXAMPLE = `
arrivals: { constant: 50/s }
arrivals: { poisson: 50/s }
arrivals: { ramp: { from: 10/s, to: 100/s, process: constant } }
arrivals: { stages: [{ rate: 10/s, for: 10s }, { to: 100/s, for: 20s }, { from: 0/s, to: 5/s, for: 1s }] }
arrivals: { bursts: { rate: 500/s, for: 1s, pause: { exponential: 9s }, pause-rate: 50/s } }
arrivals: { trace: arrivals.csv }
arrivals: { closed: { users: 10, think: { exponential: 1s }, spawn: 5/s, iterations: 20 } }`

const STAGES_EXAMPLE = `
stages:
  - { rate: 10/s, for: 10s }
  - { to: 100/s, for: 20s }
  - { from: 0/s, to: 5/s, for: 1s }`

const REQUEST_EXAMPLE = `
requests:
  - { request: GET /data, weight: 9 }
  - { request: "GET /items/{id}", keys: { id: { count: 1000, zipf: 0.99 } }, headers: { X-Mine: text }, name: items }
  - { request: POST /longtask, size: 10kb }`

/** What `archlab explain` tells of workloads. */
export const WORKLOAD_TOPICS: Readonly<Record<string, Page>> = {
  workload: {
    type: 'topic',
    name: 'workload',
    summary: 'How requests arrive, and what they ask; an entry of workloads: in a topology file.',
    settings: WORKLOAD_SETTINGS,
    example: WORKLOAD_EXAMPLE.trim(),
    also: ['arrivals', 'request'],
  },
  arrivals: {
    type: 'topic',
    name: 'arrivals',
    summary: 'How the requests of a workload arrive: exactly one of these forms.',
    about:
      'In an open loop requests are sent when they are due, whatever became of earlier ones. In a closed loop each user waits for a reply before the next request, so a slow server is asked less.',
    settings: ARRIVAL_SETTINGS,
    example: ARRIVALS_EXAMPLE.trim(),
    also: ['workload', 'stage'],
  },
  stage: {
    type: 'topic',
    name: 'stage',
    summary: 'An entry of the stages: of arrivals: "rate" for one that stays, "to" for one that changes.',
    settings: STAGE_SETTINGS,
    example: STAGES_EXAMPLE.trim(),
    also: ['arrivals'],
  },
  request: {
    type: 'topic',
    name: 'request',
    summary: 'An entry of the requests: of a workload.',
    settings: REQUEST_SETTINGS,
    example: REQUEST_EXAMPLE.trim(),
    also: ['workload'],
  },
}
