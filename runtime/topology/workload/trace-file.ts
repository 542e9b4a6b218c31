import { accessSync, constants, statSync } from 'node:fs'
import { resolve } from 'node:path'

/** Why the file of a trace cannot be read, without its name; `undefined` when it can. Its content is not looked at. */
export function traceFault(folder: string, file: string): string | undefined {
  try {
    const path = resolve(folder, file)
    if (statSync(path).isDirectory()) return 'the trace is a directory'
    accessSync(path, constants.R_OK)
    return undefined
  } catch (error) {
    return FAULTS[(error as NodeJS.ErrnoException).code ?? ''] ?? 'the trace cannot be read'
  }
}

const FAULTS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'a part of the path is not a directory',
  EACCES: 'the trace may not be read by this user',
  EPERM: 'the trace may not be read by this user',
}
