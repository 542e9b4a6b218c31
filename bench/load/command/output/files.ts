import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ArchlabError } from '@archlab/runtime/kit'
import { reportHtml } from '../../../report/index.ts'
import type { LoadResult } from '../../result.ts'
import { hgrmText } from './hgrm.ts'

/** The folder of a run's results, there before the run begins: a run must not be lost because it cannot be written down. */
export class ResultFolder {
  readonly path: string
  readonly #isNamed: boolean

  /** `results/<time>-<command>-<name>` below the working directory unless named. Throws an ArchlabError when it cannot be made. */
  constructor(named: string | undefined, name: string, now: Date, command = 'load') {
    const time = now.toISOString().replace(/[:.]/g, '-')
    this.#isNamed = named !== undefined
    const short = name.replace(/[^\w.-]+/g, '-').slice(0, 80)
    this.path = named === undefined ? join('results', `${time}-${command}-${short}`) : named
    try {
      mkdirSync(this.path, { recursive: true })
    } catch (error) {
      throw unwritable(this.path, error)
    }
  }

  /** A file in it. */
  file(name: string): string {
    return join(this.path, name)
  }

  /** Writes everything that a result is shown in; throws an ArchlabError when that is not possible. */
  write(result: LoadResult): void {
    const statusLog = result.lab?.statusLog ?? { [result.name]: result.totals.statuses }
    this.writeFiles({
      'result.json': json(result),
      'status_log.json': json(statusLog),
      'latency.hgrm': hgrmText(result.totals.latency),
      'report.html': reportHtml(result),
    })
  }

  /** Writes texts by the names of their files; throws an ArchlabError when that is not possible. */
  writeFiles(files: Readonly<Record<string, string>>): void {
    for (const [name, text] of Object.entries(files)) this.keepText(name, text)
  }

  /** Writes a value as JSON into a file, whose name may hold a folder; throws an ArchlabError when that is not possible. */
  keep(name: string, value: unknown): void {
    this.keepText(name, json(value))
  }

  /** The same with a text. */
  keepText(name: string, text: string): void {
    try {
      mkdirSync(dirname(this.file(name)), { recursive: true })
      writeFileSync(this.file(name), text)
    } catch (error) {
      throw unwritable(this.file(name), error)
    }
  }

  /** Takes the folder away again when nothing has been written into it, and the one for all results as well. */
  discard(): void {
    try {
      rmdirSync(this.path)
      if (!this.#isNamed) rmdirSync(dirname(this.path))
    } catch {
      // There is something in it, which may be wanted.
    }
  }
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`

function unwritable(path: string, cause: unknown): ArchlabError {
  const hint = 'name another folder with --output'
  return new ArchlabError('CLI_USAGE', `cannot write ${path}: ${(cause as Error).message}`, { cause, hint })
}
