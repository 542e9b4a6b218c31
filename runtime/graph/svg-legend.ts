import type { LabGraph } from './graph.ts'
import { FONT } from './svg-style.ts'
import { textWidth } from './text-width.ts'
import { element, escapeXml } from './xml.ts'

/** What the marks of a drawing mean, those that it uses; one row, 20 pixels high. */
export function legend(graph: LabGraph): { text: string; width: number } {
  const line = (type: string) => (x: number) =>
    element('path', { class: `line ${type}`, d: `M${x} 10h26`, 'marker-end': `url(#archlab-tip-${type})` })
  const chip = (x: number): string => element('rect', { class: 'chip', x, y: 2, width: 26, height: 16, rx: 8 })
  const stack = (x: number): string =>
    element('rect', { class: 'box', x: x + 5, y: 1, width: 20, height: 13, rx: 3 }) +
    element('rect', { class: 'box', x, y: 6, width: 20, height: 13, rx: 3 })
  const joint = (x: number): string => element('circle', { class: 'joint', cx: x + 13, cy: 10, r: 4 })
  const several = (type: string): boolean => graph.edges.some(edge => edge.type === type)
  const parting = new Set(graph.edges.filter(edge => edge.type === 'call' && edge.share < 1).map(edge => edge.address))
  const marks: [boolean, (x: number) => string, string][] = [
    [several('call'), line('call'), 'calls'],
    [parting.size > 0, joint, 'balances over'],
    [several('tactic'), line('tactic'), 'asked by a tactic'],
    [graph.nodes.some(node => node.replicas > 1), stack, 'several replicas'],
    [[...graph.nodes, ...graph.edges].some(one => one.tactics.length > 0), chip, 'tactics, the outermost first'],
  ]
  let x = 0
  const drawn = marks.flatMap(([used, mark, words]) => {
    if (!used) return []
    const text = mark(x) + element('text', { class: 'kind', x: x + 34, y: 14 }, escapeXml(words))
    x += 34 + textWidth(words, FONT.small) + 22
    return [text]
  })
  return { text: drawn.join(''), width: Math.max(0, x - 22) }
}
