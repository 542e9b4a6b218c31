import type {
  HostOrder,
  HostPlan,
  InjectedReply,
  InjectedRequest,
  PeerNews,
  ProfileRequest,
  Snapshot,
  ThreadProfile,
} from '../protocol.ts'
import { HostKeeper, type Kept } from './host-keeper.ts'
import { hostsOf, movedInto, orderOf, planOf, stepsOf } from './host-parts.ts'
import { HostProcess } from './host-process.ts'

/** What hosts need of the lab whose replicas they run. */
export interface Hosted extends Pick<Kept, 'isReady' | 'log' | 'stateChanged'> {
  /** What is to run now. */
  plan(): HostPlan
}

/**
 * All host processes of a lab: the common one, and one for each component that has its own. Divides what is asked of the lab
 * among them, adds up what they answer, and tells each of them where the replicas of the others are.
 */
export class Hosts {
  readonly #lab: Hosted
  /** By name of the host. */
  readonly #keepers = new Map<string, HostKeeper>()
  /** Where replicas are that listen, by name. */
  readonly #origins = new Map<string, string>()
  /** Last counts of hosts that an edit has taken out. */
  #retired: Snapshot = []
  #plan: HostPlan | undefined

  /** `first` has been started before, to save its boot time. */
  constructor(first: HostProcess, lab: Hosted) {
    this.#lab = lab
    this.#keep('', first)
  }

  /** Process ids, that of the common host first. */
  get pids(): number[] {
    return [...this.#keepers.values()].map(({ process }) => process.pid)
  }

  /** Lets the hosts run the plan, those that are called first; rejects when a replica does not start. */
  async start(): Promise<void> {
    const plan = this.#lab.plan()
    this.#plan = plan
    const hosts = hostsOf(plan)
    // They boot side by side.
    for (const host of hosts) this.#keepers.get(host) ?? this.#keep(host, new HostProcess())
    for (const host of hosts) await this.#keepers.get(host)!.start()
  }

  /** Closes all hosts, those that call others first; resolves to the final counts. */
  async close(): Promise<Snapshot> {
    const order = this.#plan ? hostsOf(this.#plan).reverse() : []
    const known = order.flatMap(host => this.#keepers.get(host) ?? [])
    for (const keeper of this.#keepers.values()) keeper.stopRestarting()
    for (const keeper of new Set([...known, ...this.#keepers.values()])) await keeper.close()
    return this.snapshot()
  }

  /** All counts; the last known ones of a host that is gone. */
  async snapshot(): Promise<Snapshot> {
    const parts = await Promise.all([...this.#keepers.values()].map(({ process }) => process.snapshot()))
    return [...this.#retired, ...parts.flat()]
  }

  async profile(request: ProfileRequest): Promise<readonly ThreadProfile[]> {
    const parts = await Promise.all([...this.#keepers.values()].map(({ process }) => process.profile(request)))
    return parts.flat()
  }

  /** Puts a request into a replica; rejects when there is no reply. */
  inject(replica: string, request: InjectedRequest): Promise<InjectedReply> {
    const { host } = this.#lab.plan().replicas.find(one => one.replica === replica)!
    return this.#keepers.get(host)!.process.inject(replica, request)
  }

  /** Lets the hosts do something to their replicas; rejects when one of them cannot. */
  async order(order: HostOrder): Promise<void> {
    if (order.type === 'edit') {
      await this.#edit(order)
      return
    }
    const homes = new Map(this.#lab.plan().replicas.map(({ replica, host }) => [replica, host]))
    await Promise.all(
      [...this.#keepers].map(async ([host, keeper]) => {
        const part = orderOf(order, replica => homes.get(replica) === host)
        if (part) await keeper.order(part)
      }),
    )
  }

  /**
   * Hosts that are new begin first, unless somebody moves into them, who has to be stopped before; those that go end last,
   * unless somebody has moved out of them.
   */
  async #edit({ plan, steps }: Extract<HostOrder, { type: 'edit' }>): Promise<void> {
    const before = this.#plan!
    this.#plan = plan
    const failures: Error[] = []
    const attempt = (done: Promise<unknown>): Promise<unknown> => done.catch(error => failures.push(error as Error))
    const hosts = hostsOf(plan)
    const entered = movedInto(before, plan)
    const left = movedInto(plan, before)
    const fresh = hosts.filter(host => !this.#keepers.has(host))
    const gone = [...this.#keepers.keys()].filter(host => !hosts.includes(host))
    const begin = (host: string): Promise<unknown> => attempt(this.#keep(host, new HostProcess()).start())
    for (const host of fresh.filter(one => !entered.has(one))) await begin(host)
    for (const host of gone.filter(one => left.has(one))) await this.#retire(host)
    for (const host of hosts.filter(one => !fresh.includes(one))) {
      const part = { plan: planOf(plan, host, this.#origins), steps: stepsOf(steps, host, before, plan) }
      await attempt(this.#keepers.get(host)!.order({ type: 'edit', ...part }))
    }
    for (const host of fresh.filter(one => entered.has(one))) await begin(host)
    for (const host of gone.filter(one => !left.has(one))) await this.#retire(host)
    if (failures.length > 0) throw new Error(failures.map(({ message }) => message).join('; '))
  }

  #keep(host: string, process: HostProcess): HostKeeper {
    const keeper = new HostKeeper(host, process, {
      ...this.#lab,
      plan: () => planOf(this.#lab.plan(), host, this.#origins),
      peer: news => this.#peer(host, news),
      died: () => this.#died(host),
    })
    this.#keepers.set(host, keeper)
    return keeper
  }

  async #retire(host: string): Promise<void> {
    const keeper = this.#keepers.get(host)!
    const counts = await keeper.close()
    this.#keepers.delete(host)
    this.#retired = [...this.#retired, ...counts]
  }

  /** Something has become of a replica of a host; resolves when the others have heard of it. */
  async #peer(host: string, news: PeerNews): Promise<void> {
    const { replica } = news
    if (news.type === 'up') this.#origins.set(replica, news.origin)
    else if (news.type === 'down') this.#origins.delete(replica)
    const others = [...this.#keepers].filter(([name]) => name !== host)
    // One that is not there hears of it when it begins.
    await Promise.allSettled(
      others.map(([, { process }]) => process.order({ type: 'peer', replicas: [replica], news })),
    )
  }

  #died(host: string): void {
    for (const one of this.#plan?.replicas ?? []) {
      if (one.host === host && this.#origins.has(one.replica))
        void this.#peer(host, { type: 'down', replica: one.replica })
    }
  }
}
