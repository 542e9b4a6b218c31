import type { EditSteps, HostOrder, HostPlan } from '../../protocol.ts'
import type { Operation } from '../../topology/environment-spec.ts'

/** What an operation needs of the lab that it is done to. */
export interface Operable {
  /** What runs now. */
  readonly plan: HostPlan
  /** Resolves when the host has carried the order out; rejects when it could not. */
  order(order: HostOrder): Promise<void>
  /** Changes the running lab by patches of its topology; resolves to what was changed, replica by replica. */
  edit(patches: Readonly<Record<string, unknown>>): Promise<readonly string[]>
}

/** Carries out one kind of operation; resolves to the names of the replicas, or addresses of the links, it was done to. */
export type Runner<O extends Operation = Operation> = (operation: O, lab: Operable) => Promise<readonly string[]>

/** The operation of one action. */
export type OperationOf<A extends Operation['action']> = Operation & { readonly action: A }

/** What became of an operation. JSON-serialisable. */
export interface OperationOutcome {
  readonly operation: Operation
  /** When it was carried out, ISO 8601. */
  readonly at: string
  /** Replicas it was done to, or addresses of links. */
  readonly affected: readonly string[]
}

/** Whom an order is about: replicas, or addresses of links. */
export function subjectsOf(order: HostOrder): string[] {
  if ('at' in order) return [...new Set(order.at.map(({ place }) => place))]
  return order.type === 'edit' ? affectedBy(order.steps) : [...order.replicas]
}

/** Replicas that an edit changes, starts or stops. */
export const affectedBy = ({ start, change, restart, stop }: EditSteps): string[] => [
  ...start,
  ...change,
  ...restart,
  ...stop,
]
