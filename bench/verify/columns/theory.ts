import { figureOf, type Prediction } from '../../model/index.ts'
import { measureName } from '../measure-name.ts'
import type { Column } from './comparison.ts'

/** What theory says; its figures are of the whole run, and of a lab to which nothing is done. */
export function theoryColumn(prediction: Prediction): Column {
  return ({ measure, unit }) => {
    const { value, label, reason, unit: found } = figureOf(prediction, measureName(measure))
    if (value === null || found !== unit) {
      return { value: null, interval: null, note: `not modelled: ${reason ?? 'theory has no figure for it'}` }
    }
    return { value, interval: null, note: label }
  }
}
