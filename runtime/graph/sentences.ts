import type { LabGraph } from './graph.ts'
import { portsText } from './labels.ts'
import type { Figures, Shape } from './shape.ts'

const SHAPES: Readonly<Record<Shape, string>> = {
  single: 'single component',
  chain: 'chain',
  star: 'star',
  tree: 'tree',
  forest: 'forest',
  layered: 'layered graph',
  dag: 'directed graph without cycles',
}

/** The shape in words. */
export const shapeText = (shape: Shape): string => SHAPES[shape]

/** `1 link`, `3 links`. */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

/** The figures in one line. */
export function summaryOf(figures: Figures): string {
  const { shape, components, replicas, links, tacticLinks, depth, width, parts } = figures
  return [
    shapeText(shape) + (parts > 1 ? ` in ${parts} parts` : ''),
    counted(components, 'component'),
    counted(replicas, 'replica'),
    counted(links, 'link') + (tacticLinks > 0 ? ` and ${tacticLinks} of tactics` : ''),
    `depth ${depth}`,
    `width ${width}`,
  ].join(' · ')
}

/** Components that the description of a picture tells of, at most: it is read aloud. */
const DESCRIBED_MAX = 60

/** What a picture shows, for a screen reader. */
export function describeGraph(graph: LabGraph, figures: Figures): string {
  const shown = graph.nodes.slice(0, DESCRIBED_MAX)
  const calls = new Map<string, Set<string>>(shown.map(node => [node.name, new Set()]))
  for (const { from, to, type } of graph.edges) if (type === 'call') calls.get(from)?.add(to)
  const sentences = shown.map(node => {
    const ports = node.ports.length === 0 ? '' : `, port ${portsText(node).replaceAll(':', '')}`
    const replicas = node.replicas === 1 ? '' : `, ${node.replicas} replicas`
    const callees = [...calls.get(node.name)!]
    return `${node.name} (${node.kind}${ports}${replicas})${callees.length === 0 ? '' : ` calls ${callees.join(', ')}`}.`
  })
  const more = graph.nodes.length - shown.length
  return [
    `A ${summaryOf(figures).replaceAll(' · ', ', ')}.`,
    `Requests come in at ${figures.entries.join(', ')}.`,
    ...sentences,
    ...(more > 0 ? [`And ${counted(more, 'more component')}.`] : []),
  ].join(' ')
}
