import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import {
  CALIBRATION_FILE,
  type CalibrationSummary,
  calibrationOf,
  compareHtml,
  compareText,
  withCalibration,
} from '@archlab/bench/compare'
import { COMPARED, parseCompared, textWithoutSecrets } from '../topology/index.ts'
import type { CalibrateOptions } from './compare-options.ts'
import { runsOf } from './compare-run.ts'
import { conduct } from './conduct.ts'
import { EXIT, emitJson } from './output.ts'
import { readTopology } from './topology-options.ts'

/** Carries out `archlab calibrate`; sets the process's exit code. */
export async function runCalibrate(workload: string | undefined, options: CalibrateOptions): Promise<void> {
  const runs = runsOf(options.runs)
  const topology = await readTopology(options)
  if (!topology) return
  const arms = ['first', 'second'].map(name => ({ name, topology, patches: options.set.map(textWithoutSecrets) }))
  const conducted = await conduct(
    {
      command: 'calibrate',
      name: topology.name,
      question: `Does ${topology.name} differ from itself?`,
      arms,
      workload: workload ?? options.workload,
      measures: COMPARED.map(text => parseCompared(text, null)),
      runs,
      accept: [],
      // Runs of one variant are compared with each other only.
      models: { theory: false, simulation: false, hopCostMs: 0, hopTimeMs: 0 },
    },
    options,
  )
  if (!conducted) return
  const { result, folder, exitCode } = conducted
  const calibration = calibrationOf(result)
  folder.keep('result.json', { ...result, calibration })
  folder.keepText('report.html', compareHtml({ ...result, calibration }))
  // What was cut short says less than what may be there already.
  if (exitCode === EXIT.done) {
    mkdirSync(dirname(CALIBRATION_FILE), { recursive: true })
    const all = withCalibration(result.environment, conducted.workload, calibration)
    writeFileSync(CALIBRATION_FILE, `${JSON.stringify(all, null, 2)}\n`)
  }
  if (options.json) emitJson({ ...result, calibration })
  else {
    const found = exitCode === EXIT.done ? `${textOf(calibration)}\n\n` : ''
    process.stdout.write(`${compareText(result)}\n\n${found}report: ${folder.file('report.html')}\n`)
  }
  process.exitCode = exitCode
}

function textOf({ falsePositives, measures }: CalibrationSummary): string {
  const { times, of } = falsePositives
  const shown = measures.map(
    ({ expression, detectable }) =>
      `  ${expression.padEnd(12)} ten runs see a change of ${(100 * detectable).toFixed(1)} %`,
  )
  return `In groups of eight blocks ${times} of ${of} tests at 5 % claimed a difference, where there is none.\n${shown.join('\n')}`
}
