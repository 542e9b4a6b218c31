import { type Content, type Html, html } from '../html.ts'

/** One part of the report. */
export interface Section {
  /** Anchor in the page. */
  readonly id: string
  readonly title: string
  /** In the table of contents. */
  readonly short: string
  /** What is to be seen here, in a sentence or two that a student understands. */
  readonly lead: Content
  readonly body: Content
}

/** A section of the page. */
export function rendered({ id, title, lead, body }: Section): Html {
  return html`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
<p class="lead">${lead}</p>
${body}
</section>`
}

/** Pairs of a term and what it is. */
export function pairs(entries: readonly (readonly [Content, Content])[]): Html {
  return html`<dl class="pairs">
${entries.map(([term, value]) => html`<div><dt>${term}</dt><dd>${value}</dd></div>\n`)}</dl>`
}
