import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import type { Probe } from './part.ts'

/** How long and from which seed a part is given inputs. */
export interface CampaignOptions {
  readonly seed: number
  readonly forMs: number
  readonly inputsMax: number
  /** Called before each input is given. */
  onInput?(input: unknown): void
}

/** What came of it. */
export interface CampaignResult {
  readonly inputs: number
  /** The smallest input that went wrong; `null` when none did. */
  readonly finding: Finding | null
}

export interface Finding {
  readonly input: unknown
  readonly message: string
}

/**
 * Gives a probe one input after the other until the time is over, `inputsMax` were given or one goes wrong. That one is made as
 * small as the time allows. The same seed gives the same inputs.
 */
export async function campaign(probe: Probe, options: CampaignOptions): Promise<CampaignResult> {
  let inputs = 0
  const property = fc.asyncProperty(probe.inputs, async input => {
    inputs++
    options.onInput?.(input)
    await probe.check(input)
    // Otherwise neither the time limit nor a message to another process would have its turn.
    await setImmediate()
  })
  const { seed, forMs, inputsMax } = options
  const details = await fc.check(property, {
    seed,
    numRuns: inputsMax,
    interruptAfterTimeLimit: forMs,
    markInterruptAsFailure: false,
  })
  if (details.counterexample) {
    return { inputs, finding: { input: details.counterexample[0], message: messageOf(details.errorInstance) } }
  }
  try {
    await probe.finish?.()
  } catch (error) {
    return { inputs, finding: { input: null, message: `after all inputs: ${messageOf(error)}` } }
  }
  return { inputs, finding: null }
}

/** What went wrong, in one string. */
export const messageOf = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : String(error)
