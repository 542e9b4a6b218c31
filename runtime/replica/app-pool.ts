import { App, type HttpRequest, type HttpResponse, type TemplatedApp } from './uws.ts'

/** Who answers the requests of an app. */
export interface AppUser {
  take(res: HttpResponse, req: HttpRequest): void
  connection(res: HttpResponse, isOpen: boolean): void
}

/**
 * An app of the server library, lent to one user after the other. The library never gives back the memory of an app, some 70 kB, and
 * a thread that several replicas share may start and close thousands of servers.
 */
export class LentApp {
  readonly app: TemplatedApp
  #user: AppUser | undefined

  private constructor() {
    this.app = App()
    this.app.filter((res, change) => this.#user?.connection(res, change > 0))
    this.app.any('/*', (res, req) => {
      if (this.#user) this.#user.take(res, req)
      else res.close()
    })
  }

  static lend(user: AppUser): LentApp {
    const lent = idle.pop() ?? new LentApp()
    lent.#user = user
    return lent
  }

  /** Closes listeners and connections at once; the app is free for another user. */
  close(): void {
    this.app.close()
    this.#user = undefined
    idle.push(this)
  }
}

/** Closed apps of this thread. */
const idle: LentApp[] = []
