import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { components } from '@archlab/components/catalog'
import { eventually, type LabUnderTest, startLab } from '@archlab/runtime/whole-lab'
import { tactics } from '@archlab/tactics/catalog'
import type { Ending } from '../support/own-server.ts'

const FILE = fileURLToPath(new URL('../support/abuse.yaml', import.meta.url))
/** Descriptors that may be open in the end beside those from before: connections of links come and go. */
const DESCRIPTORS_MORE_MAX = 16
const MEMORY_MORE_MAX_BYTES = 128 * 1024 ** 2

/** A lab that is given strange things, and what of its process must stay as it is. */
export class FuzzLab {
  readonly under: LabUnderTest
  #before: { descriptors: number; residentBytes: number } | undefined

  private constructor(under: LabUnderTest) {
    this.under = under
  }

  static async start(t: Ending): Promise<FuzzLab> {
    const env = { ABUSE_TEST_SECRET: randomBytes(32).toString('base64url') }
    const options = { catalogs: { components, tactics }, env }
    return new FuzzLab(await startLab(t as TestContext, { file: FILE }, options))
  }

  get pid(): number {
    return this.under.lab.hostPids[0]!
  }

  /** Remembers what the process has now; to be called when it is warm. */
  remember(): void {
    this.#before ??= { descriptors: this.#descriptors(), residentBytes: this.#residentBytes() }
  }

  /** Nothing died, nothing is under way any more, and the process has what it had. */
  async assertWell(): Promise<void> {
    const { lab } = this.under
    await eventually(async () => Object.values((await lab.status()).components).every(isIdle), 'nothing is under way')
    const { state, components } = await lab.status()
    assert.equal(state, 'ready')
    for (const { replicas, faults } of Object.values(components)) {
      assert.equal(faults, 0, `no handler threw: ${JSON.stringify(this.under.logged)}`)
      for (const { state, restarts } of Object.values(replicas)) assert.deepEqual([state, restarts], ['ready', 0])
    }
    const before = this.#before
    if (!before) return
    const most = before.descriptors + DESCRIPTORS_MORE_MAX
    await eventually(() => this.#descriptors() <= most, `no more than ${most} descriptors are open`)
    const moreBytes = this.#residentBytes() - before.residentBytes
    assert.ok(moreBytes < MEMORY_MORE_MAX_BYTES, `the host took ${moreBytes} bytes more`)
  }

  // Where the system does not tell, nothing is compared.
  #descriptors(): number {
    return process.platform === 'linux' ? readdirSync(`/proc/${this.pid}/fd`).length : 0
  }
  #residentBytes(): number {
    if (process.platform !== 'linux') return 0
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8'))![1]) * 1024
  }
}

type Counted = Awaited<ReturnType<LabUnderTest['lab']['status']>>['components'][string]

function isIdle({ statuses, received, abandoned }: Counted): boolean {
  return received === abandoned + Object.values(statuses).reduce((sum, count) => sum + count, 0)
}
