import { ArchlabError, type Clock, sleep } from '../../kit/index.ts'
import type { Step } from './read-session.ts'

/** What became of a step. */
export interface Played {
  readonly step: Step
  /** When it was begun, from the first one. */
  readonly atMs: number
  readonly error: ArchlabError | null
}

/** How a recording is played. */
export interface Player {
  readonly clock: Clock
  /** Times the speed of the recording: the time between steps is divided by it. */
  readonly speed: number
  perform(change: Step['change']): Promise<unknown>
  /** Told of every step when it has ended. */
  tell(played: Played): void
}

/**
 * Does all steps again, as long after the first one as they were done; resolves to how many failed. What takes long is not
 * waited for, as nobody did then; but edits keep their order. One that fails is told, and the next ones are done.
 */
export async function play(steps: readonly Step[], { clock, speed, perform, tell }: Player): Promise<number> {
  const beganAtMs = clock.nowMs()
  const firstMs = steps[0]?.atMs ?? 0
  const underWay: Promise<void>[] = []
  let edits: Promise<void> = Promise.resolve()
  let failed = 0
  const carryOut = async (step: Step): Promise<void> => {
    const atMs = clock.nowMs() - beganAtMs
    const error = await perform(step.change).then(() => null, asError)
    if (error) failed += 1
    tell({ step, atMs, error })
  }
  for (const step of steps) {
    const dueMs = beganAtMs + (step.atMs - firstMs) / speed
    if (dueMs > clock.nowMs()) await sleep(clock, dueMs - clock.nowMs())
    if (step.change.path === '/topology') {
      edits = edits.then(() => carryOut(step))
      underWay.push(edits)
    } else underWay.push(carryOut(step))
  }
  await Promise.all(underWay)
  return failed
}

const asError = (error: unknown): ArchlabError =>
  error instanceof ArchlabError ? error : new ArchlabError('OPERATION_FAILED', String(error), { cause: error })
