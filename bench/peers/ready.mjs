// What every peer program promises the runner: `ready <port>` on stdout once it listens, and an end on SIGTERM.

/** Says that the program listens; `close` is called before the process ends. */
export function ready(port, close) {
  let closing = false
  const end = async () => {
    if (closing) return
    closing = true
    // Keep-alive connections may hold a close back for long; the runner has its figures by now.
    setTimeout(() => process.exit(0), 1000).unref()
    await close()
    process.exit(0)
  }
  process.on('SIGTERM', end)
  process.on('SIGINT', end)
  process.stdout.write(`ready ${port}\n`)
}

/** The program's N-th argument; without it the program says how it is used and ends with code 2. */
export function argument(index, name) {
  const value = process.argv[2 + index]
  if (value !== undefined) return value
  process.stderr.write(`usage: ${process.argv[1]} needs argument ${index + 1}: ${name}\n`)
  process.exit(2)
}
