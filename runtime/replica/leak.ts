import type { Clock, Scope } from '../kit/index.ts'
import type { Leak } from '../protocol.ts'

/** Memory of one number in an array of V8. */
const NUMBER_BYTES = 8

/**
 * Takes memory of this thread's heap again and again and keeps it, so that garbage collection finds nothing to free; all of it is let
 * go after `forMs` (`null` for never), or when the scope closes.
 */
export function leak({ sizeBytes, everyMs }: Leak, forMs: number | null, on: { clock: Clock; scope: Scope }): void {
  const { clock, scope } = on
  const own = scope.child()
  const held: unknown[] = []
  let callOff = (): void => {}
  const take = (): void => {
    // Numbers lie on the heap; the bytes of a buffer would not, and no limit of the heap would see them.
    held.push(new Array(Math.ceil(sizeBytes / NUMBER_BYTES)).fill(held.length))
    callOff = clock.after(everyMs, take)
  }
  // With the last timer goes all that refers to what is held.
  own.defer(() => callOff())
  if (forMs !== null) own.defer(clock.after(forMs, () => void own.close()))
  take()
}
