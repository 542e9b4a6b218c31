import type { MeasureUnit } from '@archlab/runtime/topology'
import * as report from '../../report/parts/figure-text.ts'
import type { Interval } from '../result.ts'

/* Figures as they stand in terminals: as in the report, with ordinary spaces, so that they can be searched for. */

const plain = (text: string): string => text.replaceAll('\u00a0', ' ')

export const valueText = (value: number | null, unit: MeasureUnit): string => plain(report.figureText(value, unit))
export const intervalText = (interval: Interval | null, unit: MeasureUnit): string =>
  plain(report.intervalText(interval, unit))
export const differenceText = (value: number | null, from: number | null): string =>
  plain(report.differenceText(value, from))
