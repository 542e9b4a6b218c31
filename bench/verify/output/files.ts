import { ResultFolder } from '../../load/command/output/files.ts'
import { scenarioReportHtml } from '../../report/scenario-report.ts'
import type { ScenarioResult } from '../result.ts'

/** The folder of a scenario's results. */
export class ScenarioFolder {
  readonly #folder: ResultFolder

  /** `results/<time>-verify-<name>` below the working directory unless named. Throws an ArchlabError when it cannot be made. */
  constructor(named: string | undefined, name: string, now: Date) {
    this.#folder = new ResultFolder(named, name, now, 'verify')
  }

  get path(): string {
    return this.#folder.path
  }

  get reportFile(): string {
    return this.#folder.file('report.html')
  }

  write(result: ScenarioResult): void {
    const last = result.runs.at(-1)?.load
    this.#folder.writeFiles({
      'result.json': json(result),
      'status_log.json': json(last?.lab?.statusLog ?? {}),
      'report.html': scenarioReportHtml(result),
    })
  }

  /** Takes the folder away again when nothing has been written into it. */
  discard(): void {
    this.#folder.discard()
  }
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`
