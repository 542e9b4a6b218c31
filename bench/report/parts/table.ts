import { type Content, type Html, html } from '../html.ts'

/** A column of a table. */
export interface Column<Row> {
  readonly heading: Content
  cell(row: Row): Content
  /** Set right, with digits of equal width. */
  readonly numeric?: true
}

export interface TableSpec<Row> {
  /** Unique in the page; what the table is called by for screen readers. */
  readonly id: string
  readonly caption: Content
  /** The first one heads its row. */
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  /** Long tables scroll in a window of their own. */
  readonly long?: true
  /** As wide as what is in it, not as the page. */
  readonly compact?: true
  /** For one who can see the caption stand elsewhere, e.g. above a chart. */
  readonly captionHidden?: true
}

/**
 * A data table in a frame that scrolls by itself where it is wider than the page. The frame takes the keyboard's focus; the
 * page's script takes it out of the order of focus where there is nothing to scroll.
 */
export function table<Row>({ id, caption, columns, rows, long, compact, captionHidden }: TableSpec<Row>): Html {
  const numeric = (column: Column<Row>): Content => column.numeric && html` class="number"`
  const heads = columns.map(column => html`<th scope="col"${numeric(column)}>${column.heading}</th>`)
  const cell = (column: Column<Row>, row: Row, at: number): Html =>
    at === 0
      ? html`<th scope="row"${numeric(column)}>${column.cell(row)}</th>`
      : html`<td${numeric(column)}>${column.cell(row)}</td>`
  const body = rows.map(row => html`<tr>${columns.map((column, at) => cell(column, row, at))}</tr>\n`)
  return html`<div class="scroll${long && ' long'}${compact && ' compact'}" role="group" aria-labelledby="${id}" tabindex="0">
<table>
<caption${captionHidden && html` class="hidden"`}><span class="caption" id="${id}">${caption}</span></caption>
<thead><tr>${heads}</tr></thead>
<tbody>
${body}</tbody>
</table>
</div>`
}

/**
 * The figures of a chart as tables. Open as the page comes, so that one without the script shows them; the script closes it
 * once the chart is drawn. `drawn`: the picture beside it needs no script, so it is closed from the start.
 */
export function figuresOf(summary: Content, tables: Content, drawn = false): Html {
  return html`<details class="figures"${drawn ? '' : html` open="" data-close=""`}>
<summary>${summary}</summary>
${tables}
</details>`
}
