import type { Page } from '../explain-page.ts'
import { EVENT_SETTINGS, SCENARIO_SETTINGS } from './settings.ts'

const SCENARIO_EXAMPLE = `
scenarios:
  peak-hour:
    source: customers
    stimulus: browse
    environment: [{ at: 10s, kill: microservice-b/0 }]
    artifact: the two microservices
    response: the other one answers
    expect:
      - p95 of GET /data < 50ms
      - errors < 1%
      - recovery < 2s`

const EVENT_EXAMPLE = `
environment:
  - { at: 5s, kill: microservice-b/0 }
  - { at: 5s, hang: microservice-a/0, for: 3s }
  - { at: 5s, slow: database, by: { exponential: 200ms }, for: 10s }
  - { at: 5s, fault: components.gateway.routes.1, ratio: 50%, status: 503, for: 5s }
  - { at: 5s, drop: gateway, ratio: 10%, for: 5s }
  - { at: 5s, corrupt: gateway, ratio: 10%, for: 5s }
  - { at: 5s, partition: gateway, for: 2s }
  - { at: 5s, leak: microservice-a/0, size: 1mb, every: 10ms, for: 3s }
  - { at: 5s, disk-full: worker, for: 5s }
  - { at: 10s, restart: database }
  - { at: 10s, edit: { components.cache.replicas: 2 } }`

const EXPECTATION_ABOUT = `
A measure, where wanted "of" a request or component, a comparison (<, <=, >, >=, =, !=), a value, and where wanted a phase. What came before the end of the warm-up is not judged.

  p50 p75 p90 p95 p99 p99.9 p99.99 mean min max   of the latency; also behind "service" or "lag"
  errors, dropped, status 429, status 5xx         share of the arrivals (1%), or how many (0)
  requests                                        arrivals
  throughput (or rate)                            complete replies per second
  goodput                                         replies with a status below 400: share (95%), or rate (90/s)
  recovery                                        from the first event until arrivals are served as before it
  utilisation of database                         busy share of its busiest thread, or what its kind declares
  executions of database per request              requests that came to it for each arrival
  cached of api, jobs lost, rejected of gateway   figures and counters of the component's kind and tactics

  after 20s | before 10s | between 5s and 10s | during kill`

const EXPECTATION_EXAMPLE = `
expect:
  - p95 of GET /data < 50ms
  - errors < 1% after 20s
  - goodput > 95% during kill
  - utilisation of database < 80%`

/** What `archlab explain` tells of scenarios. */
export const SCENARIO_TOPICS: Readonly<Record<string, Page>> = {
  scenario: {
    type: 'topic',
    name: 'scenario',
    summary: 'A quality-attribute scenario, judged by archlab verify; an entry of scenarios: in a topology file.',
    settings: SCENARIO_SETTINGS,
    example: SCENARIO_EXAMPLE.trim(),
    also: ['event', 'expectation', 'workload'],
  },
  event: {
    type: 'topic',
    name: 'event',
    summary: 'An entry of the environment: of a scenario: a time, and one thing that is done to the lab then.',
    settings: EVENT_SETTINGS,
    example: EVENT_EXAMPLE.trim(),
    also: ['scenario'],
  },
  expectation: {
    type: 'topic',
    name: 'expectation',
    summary: 'An entry of expect: of a scenario, and a --threshold of archlab load: a condition on a run.',
    about: EXPECTATION_ABOUT.trim(),
    example: EXPECTATION_EXAMPLE.trim(),
    also: ['scenario'],
  },
}
