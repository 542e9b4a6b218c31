import { Session } from 'node:inspector/promises'

/** How long a thread may take to answer; one that is blocked in native code never does. A busy machine may not run it for a second. */
const ANSWER_MS = 1500
/** A heap of some gigabytes takes seconds to be gone through. */
const COLLECTION_MS = 10_000

/** Names of the functions that every thread of replicas keeps for the host; see replica/main.ts. */
const ABORT = 'Symbol.for("archlab.abort")'
const COLLECT = 'Symbol.for("archlab.collect")'

interface Answer {
  readonly id?: number
  readonly method?: string
  readonly params?: { readonly callFrames?: readonly Frame[]; readonly scriptId?: string; readonly url?: string }
}

interface Frame {
  readonly functionName: string
  readonly location: { readonly scriptId: string; readonly lineNumber: number; readonly columnNumber: number }
}

/**
 * Reaches into a worker thread that does not listen any more, with V8's inspector: it interrupts even a loop without end. Used
 * only to end a thread, since attaching to it slows it down. Close it when done.
 *
 * What it asks waits in a queue while the thread is in native code, or gets no processor. A thread that finds code to evaluate
 * there behind the order to pause, and more behind that, pauses in the code, and Node.js 22 then turns without end in its wait
 * for the order to go on, which it has already been given. So nothing more is asked after a question without an answer, but
 * to disable the debugger, which also takes back the order to pause.
 */
export class ThreadInspector {
  readonly #session = new Session()
  readonly #waiting = new Map<string, (answer: Answer) => void>()
  /** Addresses of scripts by id, as the thread tells them when it is first asked. */
  readonly #scripts = new Map<string, string>()
  #worker = ''
  #nextId = 1

  private constructor() {
    this.#session.connect()
    this.#session.on('NodeWorker.receivedMessageFromWorker', ({ params }) => {
      if (params.sessionId === this.#worker) this.#hear(JSON.parse(params.message) as Answer)
    })
  }

  /** Attaches to the thread with this id; `null` when it cannot be found. */
  static async attach(threadId: number): Promise<ThreadInspector | null> {
    const inspector = new ThreadInspector()
    if (await inspector.#find(threadId)) return inspector
    await inspector.close()
    return null
  }

  /** Where the thread is in its code, innermost first, in the form of a stack; `null` when it does not say. It is paused then. */
  async pause(): Promise<string | null> {
    if (!(await this.#ask('Debugger.enable'))) return null
    const paused = this.#expect('Debugger.paused')
    void this.#ask('Debugger.pause')
    const frames = (await paused)?.params?.callFrames
    return frames ? frames.map(frame => this.#line(frame)).join('\n') : null
  }

  /** Closes the servers of a paused thread, so that it can be ended. False when it does not answer. */
  async closeServers(): Promise<boolean> {
    return (await this.#ask('Runtime.evaluate', { expression: `globalThis[${ABORT}]()` })) !== null
  }

  /** Rids the thread's heap of all garbage. False when it does not answer: nothing more must be asked then. */
  async collectGarbage(): Promise<boolean> {
    // What the protocol itself has for this waits for the thread to come to rest.
    return (await this.#ask('Runtime.evaluate', { expression: `globalThis[${COLLECT}]()` }, COLLECTION_MS)) !== null
  }

  /** Lets the thread go on: without a debugger it does not stay paused, nor stops for an order that it finds later. */
  async close(): Promise<void> {
    if (this.#worker !== '') await this.#ask('Debugger.disable')
    this.#session.disconnect()
  }

  async #find(threadId: number): Promise<boolean> {
    const found = new Promise<boolean>(resolve => {
      const timer = setTimeout(() => resolve(false), ANSWER_MS)
      this.#session.on('NodeWorker.attachedToWorker', ({ params }) => {
        // The id that the inspector gives it is another one.
        if (!params.workerInfo.title.startsWith(`[worker ${threadId}]`)) return
        this.#worker = params.sessionId
        clearTimeout(timer)
        resolve(true)
      })
    })
    await this.#session.post('NodeWorker.enable', { waitForDebuggerOnStart: false })
    return found
  }

  #ask(method: string, params: Record<string, unknown> = {}, limitMs = ANSWER_MS): Promise<Answer | null> {
    const id = this.#nextId++
    const answer = this.#expect(String(id), limitMs)
    const message = JSON.stringify({ id, method, params })
    // A thread that has ended meanwhile is as silent as one that hangs.
    this.#session.post('NodeWorker.sendMessageToWorker', { sessionId: this.#worker, message }).catch(() => {})
    return answer
  }

  /** The next answer of this id, or event of this name; `null` when it does not come. */
  #expect(name: string, limitMs = ANSWER_MS): Promise<Answer | null> {
    return new Promise(resolve => {
      const timer = setTimeout(() => {
        this.#waiting.delete(name)
        resolve(null)
      }, limitMs)
      this.#waiting.set(name, answer => {
        clearTimeout(timer)
        resolve(answer)
      })
    })
  }

  #hear(answer: Answer): void {
    const { scriptId, url } = answer.params ?? {}
    if (scriptId !== undefined && url !== undefined) this.#scripts.set(scriptId, url)
    const name = answer.method ?? String(answer.id)
    const waiting = this.#waiting.get(name)
    this.#waiting.delete(name)
    waiting?.(answer)
  }

  #line({ functionName, location: { scriptId, lineNumber, columnNumber } }: Frame): string {
    const place = `${this.#scripts.get(scriptId) ?? ''}:${lineNumber + 1}:${columnNumber + 1}`
    return `    at ${functionName || '(anonymous)'} (${place})`
  }
}
