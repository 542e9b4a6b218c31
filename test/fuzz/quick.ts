/** Processor time that one input may take, in milliseconds. */
const SLOW_MS = 3000

const cpuMs = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** Carries something out; throws when it takes too long, twice in a row. */
export async function quick(act: () => unknown): Promise<void> {
  for (let again = 0; ; again++) {
    const startMs = cpuMs()
    await act()
    const tookMs = cpuMs() - startMs
    if (tookMs < SLOW_MS) return
    if (again > 0) throw new Error(`took ${Math.round(tookMs)} ms of the processor`)
  }
}
