import type { Clock } from '../kit/index.ts'

/* How a replica fails by its own code when an operation on the lab asks for it. */

/** Ends its thread. */
export const FAILURES = {
  exit: (): void => process.exit(1),
  throw: (): void => {
    throw new Error('an operation on the lab threw this where nobody catches')
  },
} as const

/** Computes without pause; `null` for ever. */
export function spin(clock: Clock, forMs: number | null): void {
  const untilMs = clock.nowMs() + (forMs ?? Number.POSITIVE_INFINITY)
  while (clock.nowMs() < untilMs);
}
