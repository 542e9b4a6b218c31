import { amountText, perRequestText } from './amounts.ts'
import { CATEGORY_WORDS } from './category-words.ts'
import { Frames, flameViews } from './page/flame-data.ts'
import { type FlameTable, flamePage } from './page/flame-page.ts'
import { Places } from './places.ts'
import type { ProfileResult } from './result.ts'
import type { ThreadTree } from './shares.ts'
import { codeText, headline, percent } from './text.ts'

/** The page of one profile. */
export function profilePage(result: ProfileResult, threads: readonly ThreadTree[]): string {
  const { of, name, requests, environment } = result
  const frames = new Frames(new Places(result.modules))
  const views = flameViews(threads, frames)
  const { node, cpu, commit } = environment
  return flamePage({
    title: `${of === 'cpu' ? 'Flame graph' : 'Allocations'} of ${name}`,
    lines: [...headline(result).split('\n'), `Node.js ${node}, ${cpu}${commit ? `, commit ${commit}` : ''}`],
    data: {
      frames: frames.shown,
      views,
      unit: of === 'cpu' ? 'microseconds' : 'bytes',
      per: requests === null || requests === 0 ? null : { count: requests, word: 'request' },
      isDifference: false,
    },
    tables: [sharesTable(result), hottestTable(result)],
  })
}

function sharesTable(result: ProfileResult): FlameTable {
  const { of, shares } = result
  return {
    title: of === 'cpu' ? 'Where the time of a request goes' : 'What a request allocates',
    heads: [
      { title: 'component' },
      { title: 'code' },
      { title: 'share', isNumber: true },
      { title: of === 'cpu' ? 'time' : 'bytes', isNumber: true },
      { title: 'a request', isNumber: true },
    ],
    rows: shares.map(row => [
      row.component,
      codeText(row),
      percent(row.share),
      amountText(of, row.amount),
      perRequestText(result, row.amount),
    ]),
  }
}

function hottestTable(result: ProfileResult): FlameTable {
  return {
    title: 'Hottest functions',
    heads: [
      { title: 'function' },
      { title: 'at' },
      { title: 'part of' },
      { title: 'itself', isNumber: true },
      { title: 'with callees', isNumber: true },
      { title: 'a request', isNumber: true },
    ],
    rows: result.hottest.map(row => [
      row.function,
      row.place,
      CATEGORY_WORDS[row.category],
      percent(row.selfShare),
      percent(row.totalShare),
      perRequestText(result, row.self),
    ]),
  }
}
