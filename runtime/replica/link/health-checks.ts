import { type Clock, Request } from '../../kit/index.ts'
import type { Target } from './target.ts'

/** How targets are asked whether they are well. */
export interface HealthCheckPlan {
  readonly path: string
  readonly intervalMs: number
  readonly timeoutMs: number
  /** Bad answers in a row after which a target is left out. */
  readonly unhealthyAfter: number
  /** Good answers in a row after which it is taken back. */
  readonly healthyAfter: number
}

interface Patient {
  readonly target: Target
  healthy: boolean
  /** Answers in a row that speak against its state. */
  against: number
  callOff: (() => void) | undefined
}

/**
 * Active health checks: `GET path` at every target of a link, at every interval. A target counts as well until it has failed
 * often enough in a row; any 2xx within the timeout is a good answer.
 */
export class HealthChecks {
  readonly #plan: HealthCheckPlan
  readonly #clock: Clock
  readonly #changed: () => void
  readonly #patients = new Map<string, Patient>()

  /** `changed` is called whenever a target's health changes. */
  constructor(plan: HealthCheckPlan, clock: Clock, changed: () => void) {
    this.#plan = plan
    this.#clock = clock
    this.#changed = changed
  }

  isHealthy(replica: string): boolean {
    return this.#patients.get(replica)?.healthy ?? true
  }

  /** Begins to ask a target, at once. */
  add(target: Target): void {
    this.remove(target.replica)
    const patient: Patient = { target, healthy: true, against: 0, callOff: undefined }
    this.#patients.set(target.replica, patient)
    void this.#check(patient)
  }

  remove(replica: string): void {
    this.#patients.get(replica)?.callOff?.()
    this.#patients.delete(replica)
  }

  close(): void {
    for (const replica of [...this.#patients.keys()]) this.remove(replica)
  }

  async #check(patient: Patient): Promise<void> {
    const nowMs = this.#clock.nowMs()
    const deadlineMs = nowMs + this.#plan.timeoutMs
    const request = new Request({ method: 'GET', path: this.#plan.path, arrivedAtMs: nowMs, deadlineMs })
    const call = patient.target.send(request)
    const late = Promise.withResolvers<null>()
    const callOff = this.#clock.after(this.#plan.timeoutMs, () => late.resolve(null))
    patient.callOff = () => {
      callOff()
      late.resolve(null)
    }
    const reply = await Promise.race([call.reply, late.promise])
    callOff()
    if (reply === null) call.forsake()
    if (this.#patients.get(patient.target.replica) !== patient) return
    this.#judge(patient, reply !== null && reply.status >= 200 && reply.status < 300)
    patient.callOff = this.#clock.after(this.#plan.intervalMs, () => void this.#check(patient))
  }

  #judge(patient: Patient, good: boolean): void {
    if (good === patient.healthy) {
      patient.against = 0
      return
    }
    patient.against += 1
    if (patient.against < (good ? this.#plan.healthyAfter : this.#plan.unhealthyAfter)) return
    patient.healthy = good
    patient.against = 0
    this.#changed()
  }
}
