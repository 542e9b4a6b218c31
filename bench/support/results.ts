import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Root of the repository. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** What a reader needs to judge a figure. */
export interface Environment {
  /** When the benchmark began, ISO 8601. */
  readonly startedAt: string
  /** Commit measured, with `+changes` when the working tree differs from it; `null` outside git. */
  readonly commit: string | null
  readonly node: string
  readonly cpu: string
  readonly cores: number
  readonly memoryBytes: number
  readonly system: string
}

/** Describes the machine and the code. */
export function environment(): Environment {
  const processors = cpus()
  return {
    startedAt: new Date().toISOString(),
    commit: commit(),
    node: process.version,
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memoryBytes: totalmem(),
    system: `${process.platform} ${release()} ${process.arch}`,
  }
}

function commit(): string | null {
  const git = (...args: string[]): string | null => {
    const { status, stdout } = spawnSync('git', ['--no-optional-locks', ...args], { cwd: ROOT, encoding: 'utf8' })
    return status === 0 ? stdout.trim() : null
  }
  const head = git('rev-parse', 'HEAD')
  return head === null ? null : git('status', '--porcelain') === '' ? head : `${head}+changes`
}

/** Writes `results/<time>-<name>/result.json` below the repository's root and returns its path. */
export function writeResult(name: string, result: { environment: Environment }): string {
  const folder = join(ROOT, 'results', `${result.environment.startedAt.replace(/[:.]/g, '-')}-${name}`)
  mkdirSync(folder, { recursive: true })
  const file = join(folder, 'result.json')
  writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`)
  return file
}
