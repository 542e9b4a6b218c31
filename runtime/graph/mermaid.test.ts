import assert from 'node:assert/strict'
import { test } from 'node:test'
import { labOf } from './fixtures/lab-of.ts'
import { type GraphNode, graphOf, type LabGraph } from './graph.ts'
import { mermaidOf } from './mermaid.ts'

test('components, links with their texts, several targets, replicas and links of tactics', () => {
  const { topology } = labOf({
    edge: { port: 8000, forward: { to: ['a', 'b'], policy: { name: 'random', settings: {}, weights: {} } } },
    a: { replicas: 2, links: { keys: { to: ['keys'], tactics: [{ name: 'retry' }] } } },
    b: { tactics: [{ name: 'guard', asks: ['keys'], match: 'GET /x' }] },
    keys: {},
  })
  assert.equal(
    mermaidOf(graphOf(topology)),
    `---
title: "lab"
---
flowchart LR
  n0["<b>edge</b><br/>thing :8000"]
  n1[["<b>a ×2</b><br/>thing"]]
  n2["<b>b</b><br/>thing<br/>guard GET /x"]
  n3["<b>keys</b><br/>thing"]
  n0 -->|"random"| n1
  n0 -->|"random"| n2
  n1 -->|"retry"| n3
  n2 -.->|"guard: with"| n3
`,
  )
})

test('no text gets out of its label', () => {
  const node: GraphNode = { name: 'a', kind: 'x', ports: [], replicas: 1, access: 'anyone', tactics: [] }
  const match = '/"]; --> %% <b> &amp; #quot; `**_~$\\\n|{}'
  const graph: LabGraph = {
    name: 'lab',
    nodes: [{ ...node, tactics: [{ name: 't', settings: '', match }] }],
    edges: [],
  }
  const line = mermaidOf(graph).split('\n')[4]!
  const label = /^ {2}n0\["<b>a<\/b><br\/>x<br\/>t (.*)"\]$/.exec(line)?.[1]
  assert.ok(label, line)
  assert.doesNotMatch(label, /["[\]<>&`*_~$\\|{}%\n]/)
  const read = label.replace(/#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))
  assert.equal(read, match)
})
