import { type Content, type Html, html } from '../html.ts'

/** How something stands; each has a shape of its own, so that it can be told without colour. */
export type Tone = 'good' | 'warn' | 'bad' | 'plain'

const SHAPES: Readonly<Record<Tone, Html>> = {
  good: html`<circle cx="10" cy="10" r="9" /><path d="M5.8 10.4l2.9 2.9 5.6-6" />`,
  warn: html`<path class="plate" d="M10 1.6L19 17.8H1z" /><path d="M10 7.2v5M10 14.6v.6" />`,
  bad: html`<path class="plate" d="M6.3 1h7.4L19 6.3v7.4L13.7 19H6.3L1 13.7V6.3z" /><path d="M6.8 6.8l6.4 6.4M13.2 6.8l-6.4 6.4" />`,
  plain: html`<circle cx="10" cy="10" r="9" /><path d="M10 9.2v5.2M10 5.8v.6" />`,
}

/** A sign of 20 pixels; words beside it say the same. */
export const mark = (tone: Tone): Html =>
  html`<svg class="mark ${tone}" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true" focusable="false">${SHAPES[tone]}</svg>`

/** A sign and its word, for cells of tables. */
export const verdict = (tone: Tone, word: Content): Html =>
  html`<span class="verdict ${tone}">${mark(tone)} ${word}</span>`

/** A name that comes from a result, kept apart from the writing direction of the text around it. */
export const name = (text: string): Html => html`<bdi>${text}</bdi>`

/** A piece of a topology or workload, as it is written there. */
export const code = (text: string): Html => html`<code>${text}</code>`
