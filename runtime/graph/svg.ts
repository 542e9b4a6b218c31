import type { GraphNode, LabGraph } from './graph.ts'
import { type DrawnLink, drawnLinks } from './labels.ts'
import { place } from './layout.ts'
import type { Line, Placement, Point } from './placement.ts'
import { describeGraph, summaryOf } from './sentences.ts'
import type { Figures } from './shape.ts'
import { endsOfLines } from './svg-ends.ts'
import { legend } from './svg-legend.ts'
import { labelPart, nodePart, type Part } from './svg-parts.ts'
import { FONT, KIND_COLOURS, styleSheet } from './svg-style.ts'
import { textWidth } from './text-width.ts'
import { element, escapeXml, rounded } from './xml.ts'

const MARGIN = 24
const HEAD_HEIGHT = 76
const LEGEND_HEIGHT = 40
const ENTRY_ARROW = 22
/** The knot where a link with several targets parts. */
const JOINT = 10

/** A line with the link that it belongs to. */
interface Drawn extends Line {
  readonly link: DrawnLink
  readonly label: Part
  readonly tip: boolean
}

/**
 * The graph as one self-contained SVG file, for light and dark, with a description for screen readers; `null` when there are
 * too many layers or lines for a picture (`place`).
 */
export function svgOf(graph: LabGraph, figures: Figures): string | null {
  const parts = partsOf(graph)
  const { joints, lines } = linesOf(graph)
  const boxes = [
    ...[...parts].map(([id, { width, height }]) => ({ id, width, height })),
    ...joints.map(id => ({ id, width: JOINT, height: JOINT })),
  ]
  const placement = place(boxes, lines)
  if (!placement) return null
  const sizes = new Map(boxes.map(box => [box.id, box]))
  const ends = endsOfLines(lines, placement, sizes)
  const drawing = [
    ...lines.map(line => linePath(line, placement, ends)),
    ...joints.map(id => joint(placement.boxes.get(id)!)),
    ...lines.map(line => line.label.draw(placement.lines.get(line.id)!.label)),
    ...figures.entries.map(name => entryArrow(placement.boxes.get(name)!, sizes.get(name)!.width)),
    ...[...parts].map(([id, part]) => part.draw(placement.boxes.get(id)!)),
  ]
  return framed(graph, figures, placement, drawing)
}

/** The file around the drawing: title, description, style, figures and legend. */
function framed(graph: LabGraph, figures: Figures, placement: Placement, drawing: readonly string[]): string {
  const summary = summaryOf(figures)
  const foot = legend(graph)
  const width = Math.max(
    placement.width + ENTRY_ARROW,
    textWidth(summary, FONT.summary),
    textWidth(graph.name, FONT.title, true),
    foot.width,
  )
  const size = {
    width: Math.ceil(width + 2 * MARGIN),
    height: Math.ceil(placement.height + HEAD_HEIGHT + LEGEND_HEIGHT + MARGIN),
  }
  const content = `\n${drawing.filter(Boolean).join('\n')}\n`
  const lines = [
    '',
    element('title', { id: 'archlab-title' }, escapeXml(`${graph.name}: the topology as a graph`)),
    element('desc', { id: 'archlab-desc' }, escapeXml(describeGraph(graph, figures))),
    element('style', {}, styleSheet()),
    element('defs', {}, tipMarker('call'), tipMarker('tactic')),
    element('rect', { class: 'canvas', ...size }),
    element('text', { class: 'title', x: MARGIN, y: MARGIN + 14 }, escapeXml(graph.name)),
    element('text', { class: 'summary', x: MARGIN, y: MARGIN + 34 }, escapeXml(summary)),
    element('g', { transform: `translate(${MARGIN + ENTRY_ARROW} ${HEAD_HEIGHT})` }, content),
    element('g', { transform: `translate(${MARGIN} ${size.height - LEGEND_HEIGHT})` }, foot.text),
    '',
  ]
  const root = {
    xmlns: 'http://www.w3.org/2000/svg',
    class: 'archlab-graph',
    ...size,
    viewBox: `0 0 ${size.width} ${size.height}`,
    role: 'img',
    'aria-labelledby': 'archlab-title archlab-desc',
  }
  return `${element('svg', root, lines.join('\n'))}\n`
}

function partsOf(graph: LabGraph): Map<string, Part> {
  const kinds = [...new Set(graph.nodes.map(node => node.kind))]
  const colourOf = (node: GraphNode): number => kinds.indexOf(node.kind) % KIND_COLOURS
  return new Map(graph.nodes.map(node => [node.name, nodePart(node, colourOf(node))]))
}

/** Lines from component to component; a link with several targets parts at a joint. */
function linesOf(graph: LabGraph): { joints: string[]; lines: Drawn[] } {
  const joints: string[] = []
  const lines: Drawn[] = []
  const add = (from: string, to: string, link: DrawnLink, label: Part, tip: boolean): void => {
    const { width: labelWidth, height: labelHeight } = label
    lines.push({ id: `line ${lines.length}`, from, to, labelWidth, labelHeight, link, label, tip })
  }
  for (const link of drawnLinks(graph)) {
    const label = labelPart(link.lines, link.tactics, link.type)
    const [only, ...more] = link.targets
    if (more.length === 0) add(link.from, only!.name, link, label, true)
    else {
      // No component can be called so: names have no spaces.
      const knot = `joint ${joints.length}`
      joints.push(knot)
      add(link.from, knot, link, label, false)
      for (const { name, label: text } of link.targets) {
        add(knot, name, link, labelPart(text === '' ? [] : [text], [], link.type), true)
      }
    }
  }
  return { joints, lines }
}

/** A smooth line that passes its points level. */
function linePath(line: Drawn, placement: Placement, ends: ReadonlyMap<string, { start: Point; end: Point }>): string {
  const { start, end } = ends.get(line.id)!
  const points = [start, ...placement.lines.get(line.id)!.points.slice(1, -1), end]
  const curves = points.slice(1).map((point, at) => {
    const before = points[at]!
    const middle = rounded((before.x + point.x) / 2)
    return `C${middle} ${rounded(before.y)} ${middle} ${rounded(point.y)} ${rounded(point.x)} ${rounded(point.y)}`
  })
  return element('path', {
    class: `line ${line.link.type}`,
    d: `M${rounded(start.x)} ${rounded(start.y)}${curves.join('')}`,
    'marker-end': line.tip ? `url(#archlab-tip-${line.link.type})` : undefined,
  })
}

function tipMarker(type: DrawnLink['type']): string {
  return element(
    'marker',
    {
      id: `archlab-tip-${type}`,
      viewBox: '0 0 10 10',
      refX: 9,
      refY: 5,
      markerWidth: 7,
      markerHeight: 7,
      orient: 'auto',
    },
    element('path', { class: `tip ${type}`, d: 'M0 1L10 5L0 9z' }),
  )
}

const joint = ({ x, y }: Point): string => element('circle', { class: 'joint', cx: x, cy: y, r: JOINT / 2 - 1 })

/** Where requests come in. */
function entryArrow(middle: Point, width: number): string {
  const x = middle.x - width / 2
  return (
    element('circle', { class: 'tip', cx: x - ENTRY_ARROW + 3, cy: middle.y, r: 3 }) +
    element('path', {
      class: 'line',
      d: `M${rounded(x - ENTRY_ARROW + 3)} ${rounded(middle.y)}H${rounded(x)}`,
      'marker-end': 'url(#archlab-tip-call)',
    })
  )
}
