import { writeFile } from 'node:fs/promises'
import { Session } from 'node:inspector/promises'
import type { ProfileOrder } from '../protocol.ts'

type Kind = Extract<ProfileOrder, { action: 'start' }>['of']

/** How V8 is asked for each kind of profile, by the methods of its inspector protocol. */
const METHODS = {
  cpu: {
    begin: async (session: Session, interval: number): Promise<void> => {
      await session.post('Profiler.enable')
      await session.post('Profiler.setSamplingInterval', { interval })
      await session.post('Profiler.start')
    },
    end: async (session: Session): Promise<unknown> => (await session.post('Profiler.stop')).profile,
  },
  heap: {
    begin: async (session: Session, interval: number): Promise<void> => {
      // What has been collected meanwhile was allocated all the same.
      const all = { includeObjectsCollectedByMajorGC: true, includeObjectsCollectedByMinorGC: true }
      await session.post('HeapProfiler.startSampling', { samplingInterval: interval, ...all })
    },
    end: async (session: Session): Promise<unknown> => (await session.post('HeapProfiler.stopSampling')).profile,
  },
} as const

interface Recording {
  readonly kind: Kind
  readonly session: Session
  readonly limit: NodeJS.Timeout
  /** Set once it has come to its end by itself. */
  ended: Promise<unknown> | undefined
}

/**
 * Records what the thread it lives in spends its time on, or allocates, with V8's own sampling profilers. The session is the
 * thread's own: nothing passes through another thread, and the profile is put together and written only after the end.
 */
export class Profiler {
  #recording: Recording | undefined

  /** Begins or ends a recording. Rejects when one is under way already, or none is. */
  async obey(order: ProfileOrder): Promise<void> {
    if (order.action === 'start') await this.#start(order)
    else await this.#stop(order.file)
  }

  async #start({ of, interval, forMs }: Extract<ProfileOrder, { action: 'start' }>): Promise<void> {
    if (this.#recording && !this.#recording.ended) throw new Error('a profile of it is being recorded already')
    const session = new Session()
    session.connect()
    const limit = setTimeout(() => {
      // Whoever asked for it may have gone: a recording that nobody ends would slow the thread down for ever.
      recording.ended ??= this.#end(recording)
      recording.ended.catch(() => {})
    }, forMs)
    limit.unref()
    const recording: Recording = { kind: of, session, limit, ended: undefined }
    this.#recording = recording
    try {
      await METHODS[of].begin(session, interval)
    } catch (error) {
      this.#drop(recording)
      throw error
    }
  }

  async #stop(file: string): Promise<void> {
    const recording = this.#recording
    if (!recording) throw new Error('no profile of it is being recorded')
    recording.ended ??= this.#end(recording)
    const profile = await recording.ended.finally(() => this.#drop(recording))
    await writeFile(file, JSON.stringify(profile))
  }

  async #end({ kind, session }: Recording): Promise<unknown> {
    try {
      return await METHODS[kind].end(session)
    } finally {
      session.disconnect()
    }
  }

  #drop(recording: Recording): void {
    clearTimeout(recording.limit)
    if (this.#recording === recording) this.#recording = undefined
  }
}
