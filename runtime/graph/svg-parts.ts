import type { GraphNode, GraphTactic } from './graph.ts'
import { portsText, replicasText, tacticText } from './labels.ts'
import type { Point } from './placement.ts'
import { FONT } from './svg-style.ts'
import { textWidth } from './text-width.ts'
import { element, escapeXml } from './xml.ts'

const PADDING = 12
const CHIP_HEIGHT = 18
const CHIP_GAP = 4
const CHIPS_WIDTH_MAX = 230
const STACK_STEP = 5
const STACKED_MAX = 2

/** A piece of the drawing that knows its size; `draw` puts it with its middle at a point. */
export interface Part {
  readonly width: number
  readonly height: number
  draw(middle: Point): string
}

/** A component: name and replicas, kind and ports, tactics in order; several replicas as a stack. */
export function nodePart(node: GraphNode, kindColour: number): Part {
  const replicas = replicasText(node)
  const ports = portsText(node)
  const chips = chipRows(node.tactics, CHIPS_WIDTH_MAX)
  const gap = (text: string): number => (text === '' ? 0 : 14)
  const inner = Math.max(
    96,
    textWidth(node.name, FONT.name, true) + gap(replicas) + textWidth(replicas, FONT.name, true),
    textWidth(node.kind, FONT.small) + gap(ports) + textWidth(ports, FONT.small),
    chips.width,
  )
  const width = inner + 2 * PADDING
  const height = 2 * PADDING + 32 + (chips.height === 0 ? 0 : chips.height + 6)
  const stacked = Math.min(node.replicas - 1, STACKED_MAX) * STACK_STEP

  return { width: width + stacked, height: height + stacked, draw }

  function draw(middle: Point): string {
    const left = middle.x - (width + stacked) / 2
    const top = middle.y - (height + stacked) / 2 + stacked
    const right = left + width - PADDING
    const sheets: string[] = []
    for (let shift = stacked; shift > 0; shift -= STACK_STEP) {
      sheets.push(element('rect', { class: 'box', x: left + shift, y: top - shift, width, height, rx: 8 }))
    }
    const text = (className: string, x: number, y: number, content: string): string =>
      content === '' ? '' : element('text', { class: className, x, y }, escapeXml(content))
    return element(
      'g',
      {},
      element('title', {}, escapeXml(nodeTitle(node))),
      ...sheets,
      element('rect', { class: 'box', x: left, y: top, width, height, rx: 8 }),
      element('rect', { class: `k${kindColour}`, x: left + 3, y: top + 10, width: 4, height: height - 20, rx: 2 }),
      text('name', left + PADDING, top + PADDING + 12, node.name),
      text('replicas', right, top + PADDING + 12, replicas),
      text('kind', left + PADDING, top + PADDING + 30, node.kind),
      text('ports', right, top + PADDING + 30, ports),
      chips.draw({ x: left + PADDING, y: top + PADDING + 38 }),
    )
  }
}

function nodeTitle(node: GraphNode): string {
  const replicas = node.replicas === 1 ? '1 replica' : `${node.replicas} replicas`
  const ports = node.ports.length === 0 ? 'no port' : `port ${node.ports.join(', ')}`
  return [`${node.name}: ${node.kind}, ${replicas}, ${ports}`, ...node.tactics.map(tacticTitle)].join('\n')
}

const tacticTitle = (tactic: GraphTactic): string => [tacticText(tactic), tactic.settings].filter(Boolean).join(': ')

/** The text at a link: lines, then its tactics. */
export function labelPart(lines: readonly string[], tactics: readonly GraphTactic[], className: string): Part {
  const chips = chipRows(tactics, CHIPS_WIDTH_MAX)
  const lineHeight = 14
  const width = Math.max(0, ...lines.map(line => textWidth(line, FONT.label)), chips.width)
  const height = lines.length * lineHeight + chips.height
  if (height === 0) return { width: 0, height: 0, draw: () => '' }
  return { width: width + 8, height: height + 4, draw }

  function draw({ x, y }: Point): string {
    const top = y - height / 2
    return element(
      'g',
      {},
      ...(tactics.length === 0 ? [] : [element('title', {}, escapeXml(tactics.map(tacticTitle).join('\n')))]),
      ...lines.map((line, at) =>
        element('text', { class: `label ${className}`.trim(), x, y: top + at * lineHeight + 11 }, escapeXml(line)),
      ),
      chips.draw({ x: x - chips.width / 2, y: top + lines.length * lineHeight }),
    )
  }
}

interface Chips {
  readonly width: number
  readonly height: number
  /** From the left upper corner. */
  draw(corner: Point): string
}

/** Tactics as chips in the order in which requests pass them, row by row. */
function chipRows(tactics: readonly GraphTactic[], widthMax: number): Chips {
  const rows: { text: string; at: number; width: number }[][] = []
  let used = 0
  for (const tactic of tactics) {
    const text = tacticText(tactic)
    const width = textWidth(text, FONT.chip) + 14
    const row = rows.at(-1)
    if (!row || used + CHIP_GAP + width > widthMax) {
      rows.push([{ text, at: 0, width }])
      used = width
    } else {
      row.push({ text, at: used + CHIP_GAP, width })
      used += CHIP_GAP + width
    }
  }
  return {
    width: Math.max(0, ...rows.map(row => row.at(-1)!.at + row.at(-1)!.width)),
    height: rows.length === 0 ? 0 : rows.length * (CHIP_HEIGHT + CHIP_GAP),
    draw: ({ x, y }) =>
      rows
        .flatMap((row, index) =>
          row.map(({ text, at, width }) => chip(text, x + at, y + index * (CHIP_HEIGHT + CHIP_GAP) + 2, width)),
        )
        .join(''),
  }
}

function chip(text: string, x: number, y: number, width: number): string {
  const middle = { x: x + width / 2, y: y + 12.5 }
  return (
    element('rect', { class: 'chip', x, y, width, height: CHIP_HEIGHT, rx: 9 }) +
    element('text', { class: 'chip-text', ...middle }, escapeXml(text))
  )
}
