import { globSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/**
 * Tests of functions, many files in one process: most of them take less time than a process does to start. Those that look at the process
 * they run in, its memory for one, are to be left out.
 */
export async function together(pattern: string, leftOut: readonly string[] = []): Promise<void> {
  for (const file of globSync(pattern, { cwd: ROOT }).sort()) {
    if (!leftOut.includes(file)) await import(pathToFileURL(ROOT + file).href)
  }
}
