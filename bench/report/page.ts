import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { uplotAssets } from './charts/uplot.ts'
import { type Content, html, trusted } from './html.ts'
import { patterns } from './parts/status-bar.ts'

/** Style sheets in the order in which they act. */
const STYLES = ['colours', 'page', 'verdict-and-figures', 'tables', 'pictures', 'comparison', 'screens-and-paper']

/** What a page shows. */
export interface Page {
  readonly title: string
  readonly header: Content
  /** Anchors and words of the table of contents. */
  readonly contents: readonly (readonly [id: string, words: string])[]
  readonly main: Content
  readonly footer: Content
}

/**
 * One self-contained document. Its Content-Security-Policy allows the two scripts and the style sheet that are in it, by
 * their hashes, and nothing else: neither the network nor anything that a hostile name could bring along.
 */
export function pageOf({ title, header, contents, main, footer }: Page): string {
  const uplot = uplotAssets()
  const program = own('./charts/chart-script.js')
  const style = [uplot.style, ...STYLES.map(name => own(`./style/${name}.css`))].join('\n')
  const policy = [
    "default-src 'none'",
    `script-src ${hash(uplot.program)} ${hash(program)}`,
    // The chart library sets styles of its elements by program, which this does not forbid.
    `style-src ${hash(style)}`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
  const links = contents.map(([id, words]) => html`<li><a href="#${id}">${words}</a></li>\n`)
  const document = html`<html lang="en">
<head>
<meta charset="utf-8" />
<meta http-equiv="Content-Security-Policy" content="${policy}" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<meta name="color-scheme" content="light dark" />
<title>${title}</title>
<link rel="icon" href="data:," />
<style>${trusted(style)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the report</a>
${patterns()}
<header>
${header}
<nav aria-label="Contents"><ul>
${links}</ul></nav>
</header>
<main id="main" tabindex="-1">
${main}
</main>
<footer>
${footer}
</footer>
<script>${trusted(uplot.program)}</script>
<script>${trusted(program)}</script>
</body>
</html>`
  return `<!doctype html>\n${document.text}\n`
}

const own = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8')

const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
