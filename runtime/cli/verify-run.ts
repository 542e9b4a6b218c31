import { writeFileSync } from 'node:fs'
import { junitText, ScenarioFolder, scenarioText, type VerifyOutcome, verifyScenario } from '@archlab/bench/verify'
import { ArchlabError } from '../kit/index.ts'
import { didYouMean, type ScenarioSpec, type Topology } from '../topology/index.ts'
import { openFreshLab } from './load-lab.ts'
import { screen } from './load-run.ts'
import { modelsWanted } from './model-options.ts'
import { colourOn, EXIT, emitJson } from './output.ts'
import { Stop } from './stop.ts'
import { patchedTopology, readTopology, topologySource } from './topology-options.ts'
import type { VerifyCommandOptions } from './verify-command-options.ts'

/** Carries out `archlab verify`; sets the process's exit code. */
export async function runVerifyCommand(names: readonly string[], options: VerifyCommandOptions): Promise<void> {
  const topology = await readTopology(options)
  if (!topology) return
  const scenarios = chosen(topology, names, options)
  // Before the runs, which must not be lost because a file cannot be written.
  if (options.junit !== undefined) writeJunit(options.junit, [])
  const outcomes: VerifyOutcome[] = []
  const stop = new Stop().signal
  for (const [at, scenario] of scenarios.entries()) {
    if (stop.aborted) break
    process.stderr.write(`scenario ${at + 1} of ${scenarios.length}: ${scenario.name}\n`)
    const outcome = await verifyOne(topology, scenario, options, stop)
    if (outcome) outcomes.push(outcome)
  }
  const results = outcomes.map(({ result }) => result)
  if (options.junit !== undefined) writeJunit(options.junit, results)
  if (options.json)
    emitJson({ format: 'archlab-verify/1', topology: topology.name, file: topology.file, scenarios: results })
  process.exitCode = exitCodeOf(outcomes, scenarios.length)
}

function chosen(topology: Topology, names: readonly string[], { output }: VerifyCommandOptions): ScenarioSpec[] {
  const known = Object.keys(topology.scenarios)
  const unknown = names.find(name => !known.includes(name))
  if (unknown !== undefined) {
    const hint = didYouMean(unknown, known, 'the topology has none; write one below scenarios:')
    throw new ArchlabError('CLI_USAGE', `no scenario is called "${unknown.slice(0, 80)}"`, { hint })
  }
  if (known.length === 0) {
    const hint = 'write one below scenarios:; archlab explain scenario says how'
    throw new ArchlabError('CLI_USAGE', 'the topology has no scenario', { hint })
  }
  const scenarios = [...new Set(names.length === 0 ? known : names)].map(name => topology.scenarios[name]!)
  if (output !== undefined && scenarios.length > 1) {
    throw new ArchlabError('CLI_USAGE', '--output is for one scenario', { hint: `name one of ${known.join(', ')}` })
  }
  return scenarios
}

/** `null` when it was ended before its load began. */
async function verifyOne(
  topology: Topology,
  scenario: ScenarioSpec,
  options: VerifyCommandOptions,
  stop: AbortSignal,
): Promise<VerifyOutcome | null> {
  const folder = new ScenarioFolder(options.output, scenario.name, new Date())
  const note = (text: string): void => void process.stderr.write(`${text}\n`)
  let isOpen = false
  try {
    const outcome = await verifyScenario({
      topology,
      scenario,
      seed: topology.seed,
      screen: screen(),
      stop,
      averageEvery: options.runningAverages,
      models: modelsWanted(options),
      patched: patches => patchedTopology(options, patches),
      openLab: async () => {
        const lab = await openFreshLab(topology, { stop, note, source: topologySource(options) })
        isOpen = true
        return lab
      },
    })
    folder.write(outcome.result)
    show(outcome, folder, options)
    return outcome
  } catch (error) {
    folder.discard()
    // A lab that is told to close while it starts fails because of that.
    if (!stop.aborted || isOpen) throw error
    process.stderr.write('ended before the load began; nothing was measured\n')
    return null
  }
}

function show({ result, failure }: VerifyOutcome, folder: ScenarioFolder, { json }: VerifyCommandOptions): void {
  if (failure !== null) process.stderr.write(`${failure}\n`)
  if (json) process.stderr.write(`results are in ${folder.path}\n`)
  else process.stdout.write(`${scenarioText(result, colourOn(process.stdout))}\n\nreport: ${folder.reportFile}\n\n`)
}

function writeJunit(file: string, results: Parameters<typeof junitText>[0]): void {
  try {
    writeFileSync(file, junitText(results))
  } catch (cause) {
    throw new ArchlabError('CLI_USAGE', `cannot write ${file}: ${(cause as Error).message}`, { cause })
  }
}

/** The worst that there is to say of a scenario decides; one that was not run is as one that was cut short. */
function exitCodeOf(outcomes: readonly VerifyOutcome[], wanted: number): number {
  if (outcomes.some(({ failure }) => failure !== null)) return EXIT.failed
  if (outcomes.length < wanted || outcomes.some(({ result }) => result.verdict === 'invalid')) return EXIT.invalid
  return outcomes.every(({ result }) => result.verdict === 'met') ? EXIT.done : EXIT.notMet
}
