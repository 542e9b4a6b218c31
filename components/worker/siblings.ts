import { BroadcastChannel } from 'node:worker_threads'
import type { Clock } from '@archlab/runtime/kit'

/** How long a sibling may take to answer. */
const ANSWER_MS = 500
/** Questions under way at once, at most. */
const QUESTIONS_MAX = 1000

/** What another replica said: the document, `null` when it does not know the job, `undefined` when it said nothing. */
export type Answer = string | null | undefined

interface Message {
  type: 'question' | 'answer'
  from: number
  to: number
  number: number
  /** The job's id in a question, the document in an answer. */
  text: string | null
}

export interface Siblings {
  /** Asks the replica with this index for a job. */
  ask(index: number, id: string): Promise<Answer>
  close(): void
}

/**
 * Lets the replicas of one worker ask each other for jobs: they share a port, so a client's question may reach a
 * replica that did not take the job. The channel joins threads of one process and is named at random.
 */
export function joinSiblings(
  channelName: string,
  self: number,
  clock: Clock,
  find: (id: string) => string | null,
): Siblings {
  const channel = new BroadcastChannel(channelName)
  const waiting = new Map<number, (answer: Answer) => void>()
  let number = 0

  channel.onmessage = event => {
    const message = (event as unknown as { data: Message }).data
    if (message.to !== self) return
    if (message.type === 'answer') waiting.get(message.number)?.(message.text)
    else
      send({ type: 'answer', from: self, to: message.from, number: message.number, text: find(String(message.text)) })
  }
  channel.unref()

  const send = (message: Message): void => channel.postMessage(message)

  return {
    ask(index, id) {
      if (waiting.size >= QUESTIONS_MAX) return Promise.resolve(undefined)
      const own = ++number
      return new Promise(resolve => {
        const settle = (answer: Answer): void => {
          callOff()
          waiting.delete(own)
          resolve(answer)
        }
        const callOff = clock.after(ANSWER_MS, () => settle(undefined))
        waiting.set(own, settle)
        send({ type: 'question', from: self, to: index, number: own, text: id })
      })
    },
    close() {
      channel.close()
      for (const settle of [...waiting.values()]) settle(undefined)
    },
  }
}
