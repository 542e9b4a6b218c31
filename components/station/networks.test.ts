import { test } from 'node:test'
import { parseDistribution, type Random, sampler, seededRandom } from '@archlab/runtime/kit'
import { Job } from './job.ts'
import { QueueingStation } from './queueing-station.ts'
import { confirms, Series } from './test-simulation.ts'

/*
 * Networks of stations in simulated time, against exact solutions. Jobs go from station to station as they leave, so stations
 * are called while they report a departure.
 */

interface Node {
  station: QueueingStation
  drawMs: (kind: number) => number
  /** Time of each visit. */
  visits: Series
}

/** A customer's way: where a job goes that leaves a node; -1 is the end of the way. */
type Next = (node: number, random: Random) => number

class Network {
  readonly nodes: Node[] = []
  readonly random = seededRandom('network')
  /** Time of each way from its first node to its end. */
  readonly ways: Series[] = [new Series(), new Series()]
  /** Called with the kind of a customer whose way has ended. */
  ended: (kind: number, nowMs: number) => void = () => {}
  readonly next: Next

  constructor(next: Next) {
    this.next = next
  }

  /** Adds a node; with several services the customer's kind chooses. Returns its index. */
  add(options: { servers?: number; sharing?: boolean }, ...services: unknown[]): number {
    const { servers = 1, sharing = false } = options
    const discipline = sharing ? 'processor-sharing' : 'fifo'
    const station = new QueueingStation({ servers, capacity: Number.POSITIVE_INFINITY, discipline })
    const index = this.nodes.length
    const draws = services.map((one, kind) => sampler(parseDistribution(one), seededRandom(`${index} ${kind}`)))
    this.nodes.push({ station, drawMs: kind => draws[kind % draws.length]!(), visits: new Series() })
    return index
  }

  enter(node: number, kind: number, nowMs: number): void {
    this.#visit(node, kind, nowMs, nowMs)
  }

  /** When something happens next in any of the nodes. */
  get nextEventMs(): number {
    let next = Number.POSITIVE_INFINITY
    for (const { station } of this.nodes) next = Math.min(next, station.nextEventMs)
    return next
  }

  advance(untilMs: number): void {
    for (const { station } of this.nodes) if (station.nextEventMs <= untilMs) station.advance(untilMs)
  }

  /** A traveller leaves a node. */
  left(traveller: Traveller): void {
    const { node, kind, sinceMs, arrivalMs, departureMs } = traveller
    this.nodes[node]!.visits.add(departureMs - arrivalMs)
    const to = this.next(node, this.random)
    if (to >= 0) this.#visit(to, kind, sinceMs, departureMs)
    else {
      this.ways[kind]!.add(departureMs - sinceMs)
      this.ended(kind, departureMs)
    }
  }

  #visit(node: number, kind: number, sinceMs: number, nowMs: number): void {
    const { station, drawMs } = this.nodes[node]!
    station.arrive(new Traveller(this, drawMs(kind), node, kind, sinceMs), nowMs)
  }
}

/** A customer at one of the nodes. */
class Traveller extends Job {
  readonly node: number
  readonly kind: number
  /** When its way began. */
  readonly sinceMs: number
  readonly #network: Network

  constructor(network: Network, demandMs: number, node: number, kind: number, sinceMs: number) {
    super(demandMs)
    this.#network = network
    this.node = node
    this.kind = kind
    this.sinceMs = sinceMs
  }

  override left(): void {
    this.#network.left(this)
  }
}

/** A closed network: whoever has come to the end begins anew, at node 0. */
function circulate(network: Network, kinds: readonly number[], events: number): void {
  network.ended = (kind, nowMs) => network.enter(0, kind, nowMs)
  for (const kind of kinds) network.enter(0, kind, 0)
  for (let event = 0; event < events; event++) network.advance(network.nextEventMs)
}

const exponential = (meanMs: number) => ({ exponential: `${meanMs}ms` })

test('an open network of four stations with feedback has the sojourn times of its product form', () => {
  // Bolch, Greiner, de Meer, Trivedi, Queueing Networks and Markov Chains, example 7.4; seconds there are milliseconds here.
  const routing = [
    [0, 0.5, 0.5, 0],
    [1, 0, 0, 0],
    [0.6, 0, 0, 0],
    [1, 0, 0, 0],
  ]
  const network = new Network((node, random) => {
    let left = random.next()
    return routing[node]!.findIndex(share => {
      left -= share
      return left < 0
    })
  })
  for (const meanMs of [0.04, 0.03, 0.06, 0.05]) network.add({}, exponential(meanMs))
  const drawGapMs = sampler(parseDistribution(exponential(0.25)), seededRandom('arrivals'))
  let arrivalMs = drawGapMs()
  for (let arrivals = 0; arrivals < 400_000; ) {
    const nextMs = network.nextEventMs
    if (nextMs <= arrivalMs) network.advance(nextMs)
    else {
      network.enter(3, 0, arrivalMs)
      arrivalMs += drawGapMs()
      arrivals += 1
    }
  }
  for (const [node, expected] of [0.2, 0.04285714, 0.15, 0.0625].entries()) {
    confirms(network.nodes[node]!.visits, expected, 0.06, `node ${node}`)
  }
  confirms(network.ways[0]!, 1.54464286, 0.05, 'whole way')
})

test('three customers between two queues, a station of two servers and a delay circulate as mean value analysis says', () => {
  // Bolch et al., example 8.4: a cycle takes N / X = 3 / 1.21746063.
  const network = new Network((node, random) => {
    if (node === 0) return 1
    if (node === 1) return random.next() < 0.5 ? 2 : 3
    return -1
  })
  network.add({ servers: Number.POSITIVE_INFINITY }, exponential(1))
  network.add({ servers: 2 }, exponential(0.5))
  network.add({}, exponential(0.6))
  network.add({}, exponential(0.8))
  circulate(network, [0, 0, 0], 600_000)
  confirms(network.ways[0]!, 3 / 1.21746063, 0.01, 'cycle')
  // Little, per node: Q / X.
  for (const [node, expected] of [
    1,
    0.62367949 / 1.21746063,
    0.47287223 / 0.60873032,
    0.68598764 / 0.60873032,
  ].entries()) {
    confirms(network.nodes[node]!.visits, expected, 0.02, `node ${node}`)
  }
})

test('two kinds of customers that share two processors circulate as multiclass mean value analysis says', () => {
  // Lazowska, Zahorjan, Graham, Sevcik, Quantitative System Performance, page 142. Under processor sharing the product form
  // holds for any distribution.
  const network = new Network(node => (node === 0 ? 1 : -1))
  network.add({ sharing: true }, exponential(1), { hyperexponential: { mean: '2ms', cv: 2 } })
  network.add({ sharing: true }, { uniform: ['0ms', '6ms'] }, exponential(4))
  circulate(network, [0, 1], 600_000)
  confirms(network.ways[0]!, 1 / 0.15789474, 0.02, 'first kind')
  confirms(network.ways[1]!, 1 / 0.10526316, 0.02, 'second kind')
})
