import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type Content, html, jsonForScript, trusted } from '../../report/html.ts'
import { CATEGORY_WORDS } from '../category-words.ts'
import { CATEGORIES } from '../places.ts'
import type { FlameData } from './flame-data.ts'
import { flameLibrary } from './flame-library.ts'

/** What stands on the page beside the picture. */
export interface FlamePage {
  readonly title: string
  /** Lines below the title. */
  readonly lines: readonly string[]
  readonly data: FlameData
  /** Sections below the picture. */
  readonly tables: readonly FlameTable[]
}

/** A table: texts at the left, numbers at the right. */
export interface FlameTable {
  readonly title: string
  readonly heads: readonly { readonly title: string; readonly isNumber?: boolean }[]
  readonly rows: readonly (readonly string[])[]
}

/**
 * One self-contained document with an interactive flame graph: search, zoom, a picture for everything and for each thread.
 * Its Content-Security-Policy allows the two scripts that are in it by their hashes, and no network.
 */
export function flamePage({ title, lines, data, tables }: FlamePage): string {
  const library = flameLibrary()
  const program = own('./flame-script.js')
  const policy = [
    "default-src 'none'",
    `script-src ${hash(library)} ${hash(program)}`,
    // The library adds a style sheet of its own when it starts.
    "style-src 'unsafe-inline'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
  const document = html`<html lang="en">
<head>
<meta charset="utf-8" />
<meta http-equiv="Content-Security-Policy" content="${policy}" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<meta name="color-scheme" content="light dark" />
<title>${title}</title>
<link rel="icon" href="data:," />
<style>${trusted(own('./flame.css'))}</style>
</head>
<body>
<main>
<h1>${title}</h1>
${lines.map(line => html`<p>${line}</p>\n`)}
<div class="tools">
<label>Show <select id="view"></select></label>
<label>Search <input id="search" type="search" placeholder="function, file or category" /></label>
<button id="reset" type="button">Reset</button>
<span id="found" role="status"></span>
</div>
<ul class="legend">${legend(data.isDifference)}</ul>
<p id="details" class="dim"> </p>
<div id="chart"></div>
<p class="dim">A box is a function, below the one that called it; its width is what it took with all that it called. A click zooms in.</p>
${tables.map(tableSection)}
</main>
<script id="flame-data" type="application/json">${jsonForScript(data)}</script>
<script>${trusted(library)}</script>
<script>${trusted(program)}</script>
</body>
</html>`
  return `<!doctype html>\n${document.text}\n`
}

const DIFFERENCES = { more: 'takes more', new: 'is new', less: 'takes less' } as const

function legend(isDifference: boolean): Content {
  const entries: (readonly [string, string])[] = isDifference
    ? Object.entries(DIFFERENCES)
    : CATEGORIES.map(category => [category, CATEGORY_WORDS[category]] as const)
  return entries.map(([style, words]) => html`<li><span class="${style}"></span>${words}</li>\n`)
}

const tableSection = ({ title, heads, rows }: FlameTable): Content => {
  const style = (at: number): string => (heads[at]!.isNumber ? 'number' : 'text')
  return html`<h2>${title}</h2>
<div class="frame-of-table" role="region" aria-label="${title}" tabindex="0">
<table>
<thead><tr>${heads.map((head, at) => html`<th scope="col" class="${style(at)}">${head.title}</th>`)}</tr></thead>
<tbody>
${rows.map(row => html`<tr>${row.map((cell, at) => html`<td class="${style(at)}">${cell}</td>`)}</tr>\n`)}</tbody>
</table>
</div>
`
}

const own = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8')

const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
