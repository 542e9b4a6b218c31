/**
 * CPU time that this thread has used so far, in milliseconds, to the microsecond. Costs about 1.5 µs, more in a process with
 * very many threads.
 */
export function threadCpuMs(): number {
  // Linux brings the account of a thread that is running up to date at every tick of its scheduler (1 to 10 ms), and when
  // somebody asks for the account of the whole process, but not when asked for the thread's own (getrusage(2): RUSAGE_SELF
  // does it, in thread_group_cputime of kernel/sched/cputime.c, RUSAGE_THREAD does not).
  process.cpuUsage()
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

/** So near the end every microsecond counts; further away, two clocks that differ by 1 in 200 must not carry it too far. */
const NEAR_MS = 0.1
const SAFE_SHARE = 0.995

/**
 * Uses up `demandMs` of this thread's CPU time and returns how much it was: the demand, and a microsecond or two more.
 * Time in which the thread is not running does not count, so it takes as long as it takes when other threads compete.
 */
export function burnCpu(demandMs: number): number {
  const startMs = threadCpuMs()
  for (;;) {
    // Read before the account, so that the time which reading takes is a part of what is left.
    const nowMs = performance.now()
    const usedMs = threadCpuMs() - startMs
    const leftMs = demandMs - usedMs
    if (leftMs <= 0) return usedMs
    // CPU time never passes faster than time, so this cannot use more than what is left; it asks only a few times.
    spinUntil(nowMs + (leftMs > NEAR_MS ? leftMs * SAFE_SHARE : leftMs))
  }
}

function spinUntil(untilMs: number): void {
  while (performance.now() < untilMs);
}
