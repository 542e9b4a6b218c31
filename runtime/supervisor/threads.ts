import type { ThreadPlan } from '../protocol.ts'
import type { ComponentSpec, Topology } from '../topology/topology.ts'

/**
 * Which thread each replica lives in. With `threads: per-replica` in one of its own. With a number, replicas are dealt out
 * in the order of the topology, one thread after the other, round and round: so the replicas of one component lie in
 * different threads as long as there are enough, every thread has as many as the others or one less, and the same file
 * always gives the same threads. A replica with a memory limit has a thread of its own beyond that number: the limit is one
 * of a thread's heap. So has one in a process of its own: no thread is in two of them.
 */
export function assignThreads({ components, threads }: Topology): ThreadPlan[] {
  const alone: ThreadPlan[] = []
  const dealt: { replicas: string[]; limitsMs: (number | null)[] }[] = []
  let turn = 0
  for (const component of Object.values(components)) {
    const heapLimitBytes = component.resources.limits.memoryBytes
    const { hangLimitMs } = component
    for (const replica of replicaNames(component)) {
      if (threads === 'per-replica' || heapLimitBytes !== null || component.isolation === 'process') {
        alone.push({ thread: replica, replicas: [replica], heapLimitBytes, hangLimitMs })
        continue
      }
      dealt[turn % threads] ??= { replicas: [], limitsMs: [] }
      dealt[turn % threads]!.replicas.push(replica)
      dealt[turn % threads]!.limitsMs.push(hangLimitMs)
      turn += 1
    }
  }
  const shared = dealt.map(({ replicas, limitsMs }, index) => ({
    thread: `thread-${index}`,
    replicas,
    heapLimitBytes: null,
    hangLimitMs: longest(limitsMs),
  }))
  return [...shared, ...alone]
}

/** A thread may be silent for as long as any of those who live there. */
const longest = (limitsMs: readonly (number | null)[]): number | null =>
  limitsMs.reduce((most, one) => (most === null || one === null ? null : Math.max(most, one)), 0)

/** The names of a component's replicas, in order. */
export function replicaNames({ name, replicas }: Pick<ComponentSpec, 'name' | 'replicas'>): string[] {
  return Array.from({ length: replicas }, (_, index) => `${name}/${index}`)
}
