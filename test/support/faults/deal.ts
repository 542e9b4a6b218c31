import type { LogLine } from '../controlled-lab.ts'
import type { Met, WatchedLoad } from '../watched-load.ts'
import type { FaultLab } from './fault-lab.ts'

/** What a line of the log says, and of whom. */
export interface Notice {
  readonly event: string
  readonly replica: string
}

/** Something that goes wrong, and what is to come of it. */
export interface Fault {
  readonly name: string
  /** What clients send to the edge meanwhile, e.g. `GET /greedy`; calls of the sick component unless given. */
  readonly call?: string
  /** Makes it happen; resolves to how the call that made it was answered, if there was one. */
  strike(lab: FaultLab): Promise<string | undefined>
  /** The first line of the log that tells it; nobody needs to notice some. */
  readonly notice?: Notice
  /** Another line, before which it has not run its course. */
  readonly end?: Notice
  /** What has to be so before it is mended. */
  meanwhile?(lab: FaultLab): Promise<void>
}

/** What came of a fault. Times are counted from the moment it was dealt. */
export interface Outcome {
  readonly fault: string
  /** The line that told it. */
  readonly notice: LogLine | undefined
  readonly noticedMs: number | undefined
  /** Every replica is ready again. */
  readonly wholeMs: number
  /** How the call that made it was answered. */
  readonly struck: string | undefined
  readonly load: Met
  readonly neighbours: Met
}

/** Deals a fault to a lab under load; resolves when the lab is whole again and answers. */
export async function deal(lab: FaultLab, fault: Fault): Promise<Outcome> {
  if (fault.call === undefined) return dealTo(lab, fault, lab.load)
  const load = lab.startLoad(fault.call)
  try {
    await load.goesOn()
    return await dealTo(lab, fault, load)
  } finally {
    await lab.endLoad(load)
  }
}

async function dealTo(lab: FaultLab, fault: Fault, load: WatchedLoad): Promise<Outcome> {
  const { control, neighbours } = lab
  const before = (await control.log()).at(-1)?.number ?? 0
  const marks = [load.mark(), neighbours.mark()] as const
  const atMs = Date.now()
  const striking = fault.strike(lab)
  const notice = await logged(lab, fault.notice, before)
  await logged(lab, fault.end, before)
  await fault.meanwhile?.(lab)
  const struck = await striking
  await control.whole()
  const wholeMs = Date.now() - atMs
  await Promise.all([load.goesOn(), neighbours.goesOn()])
  return {
    fault: fault.name,
    notice,
    noticedMs: notice && Date.parse(notice.at) - atMs,
    wholeMs,
    struck,
    load: load.since(marks[0]),
    neighbours: neighbours.since(marks[1]),
  }
}

async function logged({ control }: FaultLab, wanted: Notice | undefined, after: number): Promise<LogLine | undefined> {
  if (!wanted) return undefined
  let found: LogLine | undefined
  await control.does(
    async () => {
      const lines = await control.log(after)
      found = lines.find(({ event, replica }) => event === wanted.event && replica === wanted.replica)
      return found !== undefined
    },
    `${wanted.event} of ${wanted.replica || 'the lab'} is logged`,
  )
  return found
}
