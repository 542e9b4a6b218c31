import { type Distribution, meanOf } from '../../kit/index.ts'
import { isSecret, noteSecret } from '../resolve/secrets.ts'
import type { ArrivalProcess, ArrivalSpec, ClosedLoopSpec } from '../workload-spec.ts'
import type { Block } from './block.ts'
import { ARRIVAL_SETTINGS, BURST_SETTINGS, CLOSED_SETTINGS, RAMP_SETTINGS, TRACE_SETTINGS } from './settings.ts'
import { resolveStages } from './stages.ts'
import { traceFault } from './trace-file.ts'

const FORMS = Object.keys(ARRIVAL_SETTINGS)
const FORMS_HINT = `write one of ${FORMS.join(', ')}, e.g. arrivals: { poisson: 50/s }`
/** What belongs into a form, and is written beside it by mistake. */
const MISPLACED: Readonly<Record<string, string>> = {
  process:
    'it stands in the form: { ramp: { from, to, process } }, { stages: { steps, process } }, { bursts: { ..., process } }, { trace: { file, process } }',
  users: 'write arrivals: { closed: { users: 10 } }',
  think: 'write arrivals: { closed: { users: 10, think: 1s } }',
  rate: 'write arrivals: { poisson: 50/s } or { constant: 50/s }',
}

/** `arrivals:` of a workload, exactly one form; `undefined` after a problem. */
export function resolveArrivals(workload: Block): ArrivalSpec | undefined {
  const inner = { what: 'arrivals', table: ARRIVAL_SETTINGS, hint: FORMS_HINT, misplaced: MISPLACED }
  const block = workload.below('arrivals', inner)
  if (!block) return undefined
  const written = [...block.node.entries.keys()]
  const [form, second] = written.filter(name => FORMS.includes(name))
  if (written.length === 0) return workload.fail('TOPOLOGY_BAD_ARRIVALS', 'arrivals', 'has no form', FORMS_HINT)
  if (form === undefined) return undefined
  if (second !== undefined) {
    const message = `arrivals have one form, and "${form}" is there already`
    return block.failKey('TOPOLOGY_BAD_ARRIVALS', second, message, 'stages put different rates one after the other')
  }
  return READERS[form]!(block)
}

const READERS: Readonly<Record<string, (arrivals: Block) => ArrivalSpec | undefined>> = {
  constant: block => steady(block, 'constant'),
  poisson: block => steady(block, 'poisson'),
  ramp,
  stages: resolveStages,
  bursts,
  trace,
  closed,
}

function steady(block: Block, type: 'constant' | 'poisson'): ArrivalSpec | undefined {
  const perSecond = block.value<number>(type)
  return perSecond === undefined ? undefined : { type, perSecond }
}

function ramp(arrivals: Block): ArrivalSpec | undefined {
  const hint = 'write ramp: { from: 10/s, to: 100/s }'
  const block = arrivals.below('ramp', { what: 'a ramp', table: RAMP_SETTINGS, hint })
  const [from, to] = [block?.value<number>('from'), block?.value<number>('to')]
  const process = block?.value<ArrivalProcess>('process')
  if (!block || from === undefined || to === undefined || process === undefined) return undefined
  if (from === 0 && to === 0) return block.fail('TOPOLOGY_OUT_OF_RANGE', 'to', 'nothing ever arrives: both rates are 0')
  return { type: 'ramp', process, from, to }
}

const BURSTS_HINT = 'write bursts: { rate: 500/s, for: 1s, pause: 9s }'

function bursts(arrivals: Block): ArrivalSpec | undefined {
  const block = arrivals.below('bursts', { what: 'a burst', table: BURST_SETTINGS, hint: BURSTS_HINT })
  if (!block) return undefined
  const [onPerSecond, offPerSecond] = [block.value<number>('rate'), block.value<number>('pause-rate')]
  const [on, off] = [meanWithin(block, 'for', 1), meanWithin(block, 'pause', 1)]
  const process = block.value<ArrivalProcess>('process')
  if (onPerSecond === undefined || offPerSecond === undefined || process === undefined) return undefined
  if (onPerSecond === 0 && offPerSecond === 0) {
    return block.fail('TOPOLOGY_OUT_OF_RANGE', 'rate', 'nothing ever arrives: both rates are 0', BURSTS_HINT)
  }
  if (!on || !off) return undefined
  return { type: 'bursts', process, onPerSecond, offPerSecond, on, off }
}

const DAY_MS = 86_400_000

/** A duration, random or not, whose mean lies between bounds; a problem when it does not. */
function meanWithin(block: Block, name: string, leastMs: number): Distribution | undefined {
  const value = block.value<Distribution>(name)
  if (!value) return undefined
  const meanMs = meanOf(value)
  if (meanMs >= leastMs && meanMs <= DAY_MS) return value
  return block.fail('TOPOLOGY_OUT_OF_RANGE', name, `must be from ${leastMs}ms to 24h on average`)
}

function trace(arrivals: Block): ArrivalSpec | undefined {
  const written = arrivals.tree('trace')
  const hint = 'write trace: arrivals.csv'
  const short = written?.type === 'scalar' && typeof written.value === 'string'
  const block = short ? arrivals : arrivals.below('trace', { what: 'a trace', table: TRACE_SETTINGS, hint })
  const name = short ? 'trace' : 'file'
  const file = block?.value<string>(name)
  const process = short ? 'poisson' : block?.value<ArrivalProcess>('process')
  if (!block || file === undefined || process === undefined) return undefined
  const fault = traceFault(block.scope.folder, file)
  if (fault) {
    const start = 'the path starts from the folder of the topology file'
    return block.fail('TOPOLOGY_TRACE_UNREADABLE', name, fault, start)
  }
  const spec: ArrivalSpec = { type: 'trace', file, process }
  if (isSecret(block.tree(name))) noteSecret(block.scope.secrets, spec, 'file')
  return spec
}

function closed(arrivals: Block): ClosedLoopSpec | undefined {
  const hint = 'write closed: { users: 10, think: { exponential: 1s } }'
  const block = arrivals.below('closed', { what: 'a closed loop', table: CLOSED_SETTINGS, hint })
  const users = block?.value<number>('users')
  const think = block && meanWithin(block, 'think', 0)
  if (!block || users === undefined || !think) return undefined
  const [spawn, iterations] = [block.value<number>('spawn'), block.value<number>('iterations')]
  return { type: 'closed', users, think, spawnPerSecond: spawn ?? null, iterations: iterations ?? null }
}
