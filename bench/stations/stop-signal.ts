/** Signals this close together are one Ctrl-C: npm passes on what the terminal has sent to all. */
const SAME_SIGNAL_MS = 500
/** Exit code after the second one. */
const INTERRUPTED = 130

/** Aborted by the first Ctrl-C, after which there is a result of what was measured; the second one ends the process. */
export function stopSignal(): AbortSignal {
  const stopping = new AbortController()
  let firstMs = 0
  const hear = (): void => {
    if (!stopping.signal.aborted) {
      firstMs = performance.now()
      stopping.abort()
    } else if (performance.now() - firstMs > SAME_SIGNAL_MS) process.exit(INTERRUPTED)
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, hear)
  return stopping.signal
}
