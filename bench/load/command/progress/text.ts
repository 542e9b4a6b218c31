import { styleText } from 'node:util'
import * as report from '../../../report/format.ts'

/* Figures as they stand in terminals: as in the report, with ordinary spaces, so that they can be searched for. */

const plain = (text: string): string => text.replaceAll('\u00a0', ' ')

/** `12,345`. */
export const count = (value: number): string => plain(report.count(value))
/** `3.21 ms`, `2.50 s`. */
export const duration = (ms: number | null): string => plain(report.duration(ms))
/** `23.1 %`. */
export const percent = (share: number | null): string => plain(report.percent(share))
/** `49.8/s`, `12,345/s`. */
export const rate = (perSecond: number): string => `${report.fixed(perSecond, perSecond < 1000 ? 1 : 0)}/s`
/** Time that passes, in tenths of a second: `12.3 s`. */
export const seconds = (ms: number): string => `${report.fixed(ms / 1000, 1)} s`

/** `200 1,234   429 12`: how often each, in order. */
export function tally(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, times]) => `${name} ${count(times)}`)
    .join('   ')
}

type Style = Parameters<typeof styleText>[0]

/** Text in a style, plain where colour is off. */
export const paint = (style: Style, text: string, colour: boolean): string =>
  colour ? styleText(style, text, { validateStream: false }) : text

/** The text without what could move a terminal's cursor or change its colours. */
export const visible = (text: string): string => text.replace(/[\x00-\x1f\x7f-\x9f]/g, '\ufffd')
