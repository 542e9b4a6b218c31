import type { LabEvent } from '../event-log.ts'

/** What happened to a lab, with all that it takes to repeat what somebody did to it. JSON-serialisable. */
export interface Session {
  readonly format: 'archlab-session/1'
  readonly lab: string
  /** ISO 8601. */
  readonly startedAt: string
  readonly events: readonly LabEvent[]
  /** How many older ones are not among them. */
  readonly forgotten: number
  /** Texts of topologies that events name, by their hashes. They may hold secrets. */
  readonly texts: Readonly<Record<string, string>>
}

/** What is needed of a lab to know its session. */
interface Recorded {
  readonly topology: { readonly name: string }
  readonly startedAt: Date
  readonly events: readonly LabEvent[]
  readonly eventsForgotten: number
  readonly eventTexts: Readonly<Record<string, string>>
}

/** The session of a lab so far. */
export const sessionOf = ({ topology, startedAt, events, eventsForgotten, eventTexts }: Recorded): Session => ({
  format: 'archlab-session/1',
  lab: topology.name,
  startedAt: startedAt.toISOString(),
  events,
  forgotten: eventsForgotten,
  texts: eventTexts,
})
