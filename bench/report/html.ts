/** A piece of HTML. Only `html` and `trusted` make one, so that no text gets into a page without being escaped. */
export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** What a template takes in: texts and numbers are escaped; nothing, `false` and `null` leave no trace. */
export type Content = Html | string | number | false | null | undefined | readonly Content[]

/**
 * A tagged template. Values between tags and in attributes in double quotes are escaped. The
 * markup is written so that it is well-formed XML too (`<br />`, `open=""`), which the tests check.
 */
export function html(markup: TemplateStringsArray, ...values: readonly Content[]): Html {
  return new Html(markup.map((part, at) => (at === 0 ? part : render(values[at - 1]) + part)).join(''))
}

/** Markup, a style sheet or a program of our own, as it is. Never for anything that comes from a result. */
export const trusted = (text: string): Html => new Html(text)

function render(value: Content): string {
  if (value instanceof Html) return value.text
  if (Array.isArray(value)) return value.map(render).join('')
  if (value === undefined || value === null || value === false) return ''
  return escapeHtml(String(value))
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Characters that XML does not allow, and those that turn the direction of writing (UAX #9), with which text can lie. */
const UNSHOWABLE = /[^\t\n\r\u0020-\u007e\u00a0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]|[\u202a-\u202e\u2066-\u2069]/gu

/** Text for the content or a quoted attribute of an element; characters that cannot be shown become U+FFFD. */
export function escapeHtml(text: string): string {
  return text.replace(UNSHOWABLE, '\ufffd').replace(/[&<>"']/g, character => ENTITIES[character]!)
}

/** Data for a script of type application/json, in which nothing may look like the end of the script. */
export const jsonForScript = (data: unknown): Html =>
  trusted(
    JSON.stringify(data).replaceAll('<', '\\u003c').replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029'),
  )
