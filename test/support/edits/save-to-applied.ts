import { renameSync, writeFileSync } from 'node:fs'
import { Agent } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Ending, freePorts, httpCall } from '@archlab/runtime/whole-lab'
import { EditedUp } from './edited-up.ts'

/** Editors do not save in step with the watch. */
const PAUSE_MS = 50
const GIVE_UP_MS = 10_000

export interface SaveResult {
  readonly saves: number
  /** From the moment in which the file has been saved until the first reply by the new setting. */
  readonly medianMs: number
  readonly p95Ms: number
  readonly longestMs: number
}

/** A service whose reply is a setting of its own, behind a gateway. */
const textOf = (port: number, version: number): string => `
name: saved
components:
  edge: { kind: api-gateway, port: ${port}, routes: [ { match: GET /, to: service } ] }
  service: { kind: service, endpoints: { GET /: [ { respond: { json: { version: ${version} } } } ] } }
`

/** Saves a topology again and again, each time with another value of a setting, and takes the time until requests see it. */
export async function saveToApplied(t: Ending, saves: number): Promise<SaveResult> {
  const [port] = await freePorts(1)
  const up = await EditedUp.start(t, textOf(port!, 0), () => ({}))
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const tookMs: number[] = []
  try {
    for (let version = 1; version <= saves; version++) {
      await sleep(PAUSE_MS * Math.random())
      // As most editors save: beside it, then in its place.
      writeFileSync(`${up.file}.new`, textOf(port!, version))
      renameSync(`${up.file}.new`, up.file)
      tookMs.push(await untilSeen(`http://127.0.0.1:${port}/`, agent, version))
    }
  } finally {
    agent.destroy()
  }
  await up.close()
  tookMs.sort((a, b) => a - b)
  const quantile = (share: number): number =>
    Math.round(tookMs[Math.min(tookMs.length - 1, Math.floor(share * tookMs.length))]!)
  return { saves, medianMs: quantile(0.5), p95Ms: quantile(0.95), longestMs: quantile(1) }
}

async function untilSeen(url: string, agent: Agent, version: number): Promise<number> {
  const savedAtMs = performance.now()
  for (;;) {
    const { json } = await httpCall(url, { agent })
    const passedMs = performance.now() - savedAtMs
    if (json.version === version) return passedMs
    if (passedMs > GIVE_UP_MS) throw new Error(`version ${version} was not applied in ${GIVE_UP_MS} ms`)
    await sleep(1)
  }
}
