import type { GraphNode, LabGraph } from './graph.ts'
import { type DrawnLink, drawnLinks, portsText, replicasText, tacticText } from './labels.ts'

/**
 * The graph as a Mermaid flowchart (https://mermaid.js.org/syntax/flowchart.html). Components with several replicas have
 * double sides; dotted lines are asked by tactics. The same graph gives the same text.
 */
export function mermaidOf(graph: LabGraph): string {
  const ids = new Map(graph.nodes.map((node, at) => [node.name, `n${at}`]))
  const lines = [
    '---',
    `title: ${JSON.stringify(graph.name)}`,
    '---',
    'flowchart LR',
    ...graph.nodes.map(node => `  ${ids.get(node.name)}${box(node)}`),
    ...drawnLinks(graph).flatMap(link => arrows(link, ids)),
  ]
  return `${lines.join('\n')}\n`
}

function box(node: GraphNode): string {
  const lines = [
    ['name', [node.name, replicasText(node)].filter(Boolean).join(' ')],
    ['kind', [node.kind, portsText(node)].filter(Boolean).join(' ')],
    ...node.tactics.map(tactic => ['tactic', tacticText(tactic)] as const),
  ] as const
  const label = lines.map(([role, text]) => (role === 'name' ? `<b>${escaped(text)}</b>` : escaped(text))).join('<br/>')
  return node.replicas > 1 ? `[["${label}"]]` : `["${label}"]`
}

function arrows(link: DrawnLink, ids: ReadonlyMap<string, string>): string[] {
  const arrow = link.type === 'call' ? '-->' : '-.->'
  return link.targets.map(({ name, label }) => {
    const lines = [...link.lines, ...link.tactics.map(tacticText), ...(label === '' ? [] : [label])]
    const text = lines.length === 0 ? '' : `|"${lines.map(escaped).join('<br/>')}"|`
    return `  ${ids.get(link.from)} ${arrow}${text} ${ids.get(name)}`
  })
}

/**
 * Text inside of quotes. Everything but letters, digits and harmless marks is written as Mermaid's entity code
 * (`#quot;`, `#35;`), so that no text can end the label, begin HTML or Markdown, or read as an entity.
 */
function escaped(text: string): string {
  return text.replace(/[^\p{L}\p{N} .,:/×→…()-]/gu, character => `#${character.codePointAt(0)};`)
}
