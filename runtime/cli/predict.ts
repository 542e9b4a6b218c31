import type { PredictOptions } from '@archlab/bench/model'
import { Command } from 'commander'
import { ArchlabError, parseRate, UnitError } from '../kit/index.ts'
import type { Topology, WorkloadSpec } from '../topology/index.ts'
import { didYouMean } from '../topology/index.ts'
import { colourOn, emitJson } from './output.ts'
import { readTopology, type TopologyOptions, withTopology } from './topology-options.ts'

const NOTES = `
Kinds and tactics declare what requests make them do; a network of queues is made of it and solved. Nothing is started.

  archlab predict                              the only workload of topology.yaml
  archlab predict browse --rate 80/s           the same requests at another rate, at random
  archlab predict --set components.server.servers=2

Every figure has a label. exact: it follows from the assumptions; approximate: a formula that is known to be near; bound: the true
value is not beyond it. What is left out is listed, with the reason.

Exit codes: 0 done, 2 wrong usage or invalid topology. A system that cannot keep up is an answer.`

interface PredictCommandOptions extends TopologyOptions {
  rate?: string
}

/** `archlab predict`: what queueing theory says about a topology under a workload, without running anything. */
export function predictCommand(): Command {
  const command = new Command('predict')
    .description('what queueing theory says: waits, utilisation, bottleneck, limits; without running anything')
    .argument('[workload]', 'name of a workload of the topology; the only one when left out')
    .option('-R, --rate <rate>', 'another rate, 80/s, with Poisson arrivals')
    .addHelpText('after', NOTES)
  return withTopology(command).action(async (name: string | undefined, options: PredictCommandOptions) => {
    const how = optionsOf(options)
    const topology = await readTopology(options)
    if (!topology) return
    const workload = workloadOf(topology, name)
    // Loaded here, so that the other commands start without the solvers.
    const { predict } = await import('@archlab/bench/model')
    const { predictionText } = await import('./predict-text.ts')
    try {
      const prediction = await predict(topology, workload, how)
      if (options.json) emitJson({ file: options.file, ...prediction })
      else process.stdout.write(`${predictionText(prediction, options.file, colourOn(process.stdout))}\n`)
    } catch (error) {
      if (error instanceof RangeError) throw new ArchlabError('CLI_USAGE', error.message, { cause: error })
      throw error
    }
  })
}

function optionsOf({ rate }: PredictCommandOptions): PredictOptions {
  if (rate === undefined) return {}
  try {
    const perSecond = parseRate(rate)
    if (perSecond > 0) return { perSecond }
  } catch (error) {
    if (!(error instanceof UnitError)) throw error
  }
  throw new ArchlabError('CLI_USAGE', `"${rate}" is no rate`, { hint: 'write --rate 80/s, or 30/m' })
}

function workloadOf(topology: Topology, name: string | undefined): WorkloadSpec {
  const names = Object.keys(topology.workloads)
  if (names.length === 0) {
    throw new ArchlabError('CLI_USAGE', `${topology.name} has no workload`, {
      hint: 'add one under workloads: in the topology file',
    })
  }
  if (name === undefined) {
    if (names.length === 1) return topology.workloads[names[0]!]!
    throw new ArchlabError('CLI_USAGE', 'there are several workloads', { hint: `name one: ${names.join(', ')}` })
  }
  if (Object.hasOwn(topology.workloads, name)) return topology.workloads[name]!
  const hint = didYouMean(name, names)
  throw new ArchlabError('CLI_USAGE', `there is no workload "${name}"`, {
    hint: hint ?? `there is: ${names.join(', ')}`,
  })
}
