import { BroadcastChannel } from 'node:worker_threads'
import type { Clock } from '@archlab/runtime/kit'

/** How long a sibling may take to answer. */
const ANSWER_MS = 500
/** Questions under way at once, at most. */
const QUESTIONS_MAX = 1000

/** What replicas ask each other of a job in memory: to show it, or to cancel it. */
export type Question = 'find' | 'cancel'

/** What another replica said, as JSON text; `null` when it does not know the job, `undefined` when it said nothing. */
export type Answer = string | null | undefined

type Message =
  | { type: 'question'; from: number; to: number; number: number; question: Question; id: string }
  | { type: 'answer'; to: number; number: number; answer: string | null }
  /** Jobs were accepted that the sender has no slot for. */
  | { type: 'work' }
  /** A job that runs somewhere was cancelled. */
  | { type: 'drop'; id: string }

/** What a replica does for its siblings. */
export interface SiblingDuties {
  answer(question: Question, id: string): string | null
  work(): void
  drop(id: string): void
}

export interface Siblings {
  /** Asks the replica with this index about a job. */
  ask(index: number, question: Question, id: string): Promise<Answer>
  /** Tells all that there is work. */
  work(): void
  /** Tells all that nobody wants this job any more. */
  drop(id: string): void
  close(): void
}

/**
 * Lets the replicas of one worker talk to each other: they share a port, so a client's question may reach a replica that
 * did not take the job. The channel joins threads of one process and is named at random.
 */
export function joinSiblings(channelName: string, self: number, clock: Clock, duties: SiblingDuties): Siblings {
  const channel = new BroadcastChannel(channelName)
  const waiting = new Map<number, (answer: Answer) => void>()
  let number = 0

  const send = (message: Message): void => channel.postMessage(message)
  channel.onmessage = event => {
    const message = (event as unknown as { data: Message }).data
    if (message.type === 'work') duties.work()
    else if (message.type === 'drop') duties.drop(message.id)
    else if (message.to !== self) return
    else if (message.type === 'answer') waiting.get(message.number)?.(message.answer)
    else {
      const answer = duties.answer(message.question, message.id)
      send({ type: 'answer', to: message.from, number: message.number, answer })
    }
  }
  channel.unref()

  return {
    ask(index, question, id) {
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
        send({ type: 'question', from: self, to: index, number: own, question, id })
      })
    },
    work: () => send({ type: 'work' }),
    drop: id => send({ type: 'drop', id }),
    close() {
      channel.close()
      for (const settle of [...waiting.values()]) settle(undefined)
    },
  }
}
