import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import axe from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { reportHtml } from './index.ts'
import { launch, noBrowser, open } from './test-browser.ts'
import { poisoned } from './test-poison.ts'
import { sampleResult } from './test-sample-result.ts'

let browser: Browser
let report: string

before(async () => {
  if (noBrowser) return
  browser = await launch()
  report = reportHtml(await sampleResult({ perSecond: 12 }))
})
after(() => browser?.close())

interface Violation {
  readonly id: string
  readonly impact: string
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[]
}

/** Serious and critical faults that axe finds in the page as it stands. */
async function faults(page: Page): Promise<string[]> {
  await page.evaluate(axe.source)
  const violations = await page.evaluate<Violation[]>('axe.run(document).then(found => found.violations)')
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(node => `${id}: ${node.html}\n${node.failureSummary}`))
}

/** How many charts have something else on them than one colour. */
const DRAWN = `[...document.querySelectorAll('.plot canvas')].filter(canvas => {
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
  return new Set(new Uint32Array(data.buffer)).size > 3
}).length`

const OVERHANG = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'
const OPEN_ALL = "for (const one of document.querySelectorAll('details')) one.open = true"

for (const width of [1280, 390]) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`at ${width} pixels, ${colorScheme}: charts are drawn, nothing overhangs or complains, axe finds no serious fault`, {
      skip: noBrowser,
    }, async t => {
      const { page, complaints, asked, url } = await open(t, browser, report, {
        viewport: { width, height: 900 },
        colorScheme,
      })
      assert.equal(await page.evaluate(DRAWN), 3)
      assert.equal(await page.evaluate(OVERHANG), 0)
      assert.deepEqual(await faults(page), [])
      // As the page is drawn the tables of charts are closed; all there is to read is judged.
      assert.equal(await page.locator('details[open]').count(), 0)
      await page.evaluate(OPEN_ALL)
      assert.equal(await page.evaluate(OVERHANG), 0)
      assert.deepEqual(await faults(page), [])
      assert.deepEqual(complaints, [])
      assert.deepEqual(asked, [url])
    })
  }
}

test('on a phone the tall pictures are shown, on a desk the wide ones', { skip: noBrowser }, async t => {
  for (const [width, shown] of [
    [1280, ['wide', 'wide']],
    [390, ['tall', 'narrow']],
  ] as const) {
    const { page } = await open(t, browser, report, { viewport: { width, height: 900 } })
    const visible = await page.locator('svg.topology:visible, svg.curves:visible').all()
    const classes = await Promise.all(visible.map(one => one.getAttribute('class')))
    assert.deepEqual(
      classes.map(one => one?.split(' ')[1]),
      shown,
    )
  }
})

test('without a script the tables stand where the charts would be', { skip: noBrowser }, async t => {
  const { page } = await open(t, browser, report, { javaScriptEnabled: false })
  assert.equal(await page.locator('.plot:visible').count(), 0)
  assert.equal(await page.locator('details[open]').count(), 1)
  const rows = page.locator('#timeline details tbody tr:visible')
  assert.equal(await rows.count(), 30)
  assert.ok(await page.locator('svg.topology.wide').isVisible())
})

const FOCUSED = `(() => {
  const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement)
  const { tagName, className, id } = document.activeElement
  return { tagName, className, id, outlineStyle, outlineWidth }
})()`
interface Focused {
  readonly tagName: string
  readonly className: string
  readonly id: string
  readonly outlineStyle: string
  readonly outlineWidth: string
}

test('with the keyboard the first stop leads past the contents, and every stop can be seen', {
  skip: noBrowser,
}, async t => {
  const { page } = await open(t, browser, report, { viewport: { width: 390, height: 900 } })
  const focused = () => page.evaluate<Focused>(FOCUSED)
  await page.keyboard.press('Tab')
  assert.equal((await focused()).className, 'skip')
  await page.keyboard.press('Enter')
  assert.equal((await focused()).id, 'main')
  const stops: Focused[] = []
  do {
    await page.keyboard.press('Tab')
    stops.push(await focused())
  } while (stops.at(-1)!.tagName !== 'BODY' && stops.length < 40)
  stops.pop()
  assert.equal(stops.filter(({ tagName }) => tagName === 'SUMMARY').length, 3)
  assert.ok(stops.some(({ className }) => className.startsWith('scroll')))
  for (const { className, outlineStyle, outlineWidth } of stops) {
    assert.deepEqual(
      { className, outlineStyle, outlineWidth },
      { className, outlineStyle: 'solid', outlineWidth: '3px' },
    )
  }
})

test('only frames that have something to scroll are stops for the keyboard', { skip: noBrowser }, async t => {
  const { page } = await open(t, browser, report, { viewport: { width: 1280, height: 900 } })
  const wrong = `[...document.querySelectorAll('.scroll')].filter(frame => {
    const scrolls = frame.scrollWidth > frame.clientWidth + 1 || frame.scrollHeight > frame.clientHeight + 1
    return frame.clientWidth > 0 && scrolls !== (frame.tabIndex === 0)
  }).map(frame => frame.getAttribute('aria-labelledby'))`
  await page.waitForFunction(`(${wrong}).length === 0`)
  await page.evaluate(OPEN_ALL)
  await page.waitForFunction(`(${wrong}).length === 0 && document.querySelector('.long').tabIndex === 0`)
})

test('values under the pointer are shown in all charts', { skip: noBrowser }, async t => {
  const { page } = await open(t, browser, report, { viewport: { width: 1280, height: 900 } })
  await page.locator('[data-chart=throughput] .u-over').hover()
  await page.waitForFunction("[...document.querySelectorAll('.readout')].every(one => one.textContent !== '')")
  assert.match((await page.locator('[data-chart=latency] .readout').first().textContent())!, /^[\d.,]+ ms$/)
})

test('on paper the page is light, whatever the reader prefers, and charts fit the sheet', {
  skip: noBrowser,
}, async t => {
  const { page } = await open(t, browser, report, { viewport: { width: 673, height: 950 }, colorScheme: 'dark' })
  const ground = () => page.evaluate<string>('getComputedStyle(document.body).backgroundColor')
  const darkPixels = `(() => {
    const canvas = document.querySelector('[data-chart=throughput] canvas')
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
    return [...new Set(new Uint32Array(data.buffer))].sort().join()
  })()`
  assert.equal(await ground(), 'rgb(19, 23, 28)')
  const onScreen = await page.evaluate(darkPixels)
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' })
  await page.evaluate("dispatchEvent(new Event('beforeprint'))")
  assert.equal(await ground(), 'rgb(255, 255, 255)')
  assert.notEqual(await page.evaluate(darkPixels), onScreen)
  assert.equal(await page.evaluate(OVERHANG), 0)
  assert.equal(await page.locator('nav:visible, details:visible').count(), 0)
  await page.emulateMedia({ media: 'screen', colorScheme: 'dark' })
  await page.evaluate("dispatchEvent(new Event('afterprint'))")
  assert.equal(await page.evaluate(darkPixels), onScreen)
})

test('hostile names run nothing, and do not break the page', { skip: noBrowser }, async t => {
  const { result } = poisoned(await sampleResult())
  const { page, complaints, asked, dialogs, url } = await open(t, browser, reportHtml(result), {
    viewport: { width: 390, height: 900 },
  })
  await page.locator('main').hover()
  assert.equal(await page.evaluate(DRAWN), 3)
  assert.equal(await page.evaluate(OVERHANG), 0)
  assert.deepEqual({ complaints, dialogs, asked }, { complaints: [], dialogs: [], asked: [url] })
  assert.deepEqual(await faults(page), [])
})

test('a script or a picture that got into the page after all would neither run nor load', {
  skip: noBrowser,
}, async t => {
  const broken = report.replace('</main>', '<img src="x" onerror="alert(1)"><script>alert(2)</script></main>')
  const { complaints, dialogs, loaded, url, page } = await open(t, browser, broken, {})
  await page.locator('footer').hover()
  assert.deepEqual(dialogs, [])
  assert.deepEqual(loaded, [url])
  assert.equal(complaints.filter(text => text.includes('Content Security Policy')).length >= 3, true)
})
