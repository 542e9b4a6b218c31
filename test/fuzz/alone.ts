import { fork } from 'node:child_process'
import type { Ending } from '../support/own-server.ts'
import type { CampaignOptions, CampaignResult } from './campaign.ts'

/** What the process of a part says. */
export type Word = { readonly input: unknown } | { readonly result: CampaignResult } | { readonly failure: string }

/** An input that takes longer never ends, as far as anybody who waits is concerned. */
const HANG_MS = 30_000
const LOOK_EVERY_MS = 500

/**
 * Runs a part's campaign in a process of its own. When an input does not end, or ends the process, it is the finding, as it is.
 * Rejects when the process fails for another reason.
 */
export async function campaignAlone(t: Ending, part: string, options: CampaignOptions): Promise<CampaignResult> {
  const { seed, forMs, inputsMax, onInput } = options
  const args = [JSON.stringify({ part, seed, forMs, inputsMax })]
  const child = fork(new URL('./alone-main.ts', import.meta.url), args, { serialization: 'advanced' })
  const end = (): void => {
    // Ended by us: no finding.
    child.removeAllListeners('exit')
    child.kill('SIGKILL')
  }
  t.after(end)
  let inputs = 0
  let latest: unknown
  let heardAtMs = performance.now()
  let timer: NodeJS.Timeout | undefined
  const result = new Promise<CampaignResult>((resolve, reject) => {
    const found = (message: string): void => resolve({ inputs, finding: { input: latest, message } })
    child.on('message', (word: Word) => {
      heardAtMs = performance.now()
      if ('input' in word) {
        inputs++
        latest = word.input
        onInput?.(word.input)
      } else if ('result' in word) resolve(word.result)
      else reject(new Error(word.failure))
    })
    child.on('error', reject)
    child.on('exit', (code, signal) => found(`the process ended with ${signal ?? code}`))
    timer = setInterval(() => {
      if (inputs > 0 && performance.now() - heardAtMs > HANG_MS) found(`did not end in ${HANG_MS / 1000} s`)
    }, LOOK_EVERY_MS)
  })
  try {
    return await result
  } finally {
    clearInterval(timer)
    end()
  }
}
