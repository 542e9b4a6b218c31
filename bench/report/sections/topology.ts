import type { LabResult } from '../../load/result.ts'
import type { BoxText } from '../charts/component-box.ts'
import { DRAWN_MAX, type PictureWords, topologyPicture } from '../charts/topology-picture.ts'
import { count, counted, percent } from '../format.ts'
import { type Content, html } from '../html.ts'
import type { Section } from '../parts/section.ts'
import { barLegend, barText } from '../parts/status-bar.ts'
import type { LabTopology } from '../reading/lab-topology.ts'
import type { Refusal } from '../reading/refusals.ts'
import { STATUS_CLASSES, type StatusSums, sumsOf, troubleShare } from '../reading/statuses.ts'

/** The lab as a graph: where requests were refused or failed. */
export function topologySection(lab: LabResult, topology: LabTopology | null, refusals: readonly Refusal[]): Section {
  return {
    id: 'topology',
    title: 'Topology: what went wrong where',
    short: 'Topology',
    lead: [
      'Arrows lead from caller to called. The bar in each component shows how its replies ended; a triangle marks those that ',
      'refused or failed requests by themselves, the others pass on what they got.',
    ],
    body: pictures(lab, topology, refusals),
  }
}

function pictures(lab: LabResult, topology: LabTopology | null, refusals: readonly Refusal[]): Content {
  if (!topology) return html`<p>The result does not hold the lab’s topology in a form that this report can draw.</p>`
  const first = refusals.find(one => !one.reportOnly)?.component
  const names = topology.graph.nodes.map(node => node.name)
  const texts = new Map(
    topology.graph.nodes.map(({ name, kind }) => {
      const own = refusals.filter(one => one.component === name)
      return [name, boxText({ name, kind }, sumsOf(lab.components[name]?.statuses ?? {}), own, name === first)]
    }),
  )
  const words = (id: string): PictureWords => ({
    id,
    title: `The topology of ${lab.name}, with what went wrong in each component`,
    description: names.map(name => sentence(texts.get(name)!)).join(' '),
  })
  const [wide, tall] = [
    topologyPicture(topology, texts, 'wide', words('topology-wide')),
    topologyPicture(topology, texts, 'tall', words('topology-tall')),
  ]
  if (!wide || !tall) {
    return html`<p>With ${counted(names.length, 'component')} the topology is too large for a picture, which shows at most ${count(DRAWN_MAX)}; the tables below hold all figures.</p>`
  }
  const present = STATUS_CLASSES.filter(one => [...texts.values()].some(text => text.sums[one] > 0))
  return html`<div class="scroll picture" role="group" aria-label="Topology" tabindex="0">${wide}${tall}</div>
${barLegend(present)}`
}

function boxText(
  { name, kind }: { name: string; kind: string },
  sums: StatusSums,
  refusals: readonly Refusal[],
  first: boolean,
): BoxText {
  const trouble = (['4xx', '5xx', 'other'] as const)
    .filter(one => sums[one] > 0)
    .map(one => `${percent(sums[one] / sums.total)} ${one}`)
  const replies = sums.total === 0 ? 'no replies' : counted(sums.total, 'reply', 'replies')
  return {
    name,
    kind,
    sums,
    first,
    replies: [replies, ...trouble].join(', '),
    short: trouble.length > 0 ? trouble.join(', ') : replies,
    refusals: linesOf(refusals),
    tone: sums['5xx'] + sums.other > sums['4xx'] ? 'failing' : 'refusing',
    level: levelOf(troubleShare(sums)),
  }
}

/** Lines about refusals that a box has room for; the table has them all. */
const LINES_MAX = 3

function linesOf(refusals: readonly Refusal[]): string[] {
  if (refusals.length <= LINES_MAX) return refusals.map(one => one.short)
  const shown = refusals.slice(0, LINES_MAX - 1)
  return [...shown.map(one => one.short), `and ${count(refusals.length - shown.length)} more`]
}

function levelOf(share: number): BoxText['level'] {
  if (share === 0) return 0
  if (share <= 0.05) return 1
  return share <= 1 / 3 ? 2 : 3
}

const sentence = ({ name, replies, sums, refusals }: BoxText): string =>
  [`${name}: ${replies}${sums.total > 0 ? ` (${barText(sums)})` : ''}`, ...refusals].join('; ').concat('.')
