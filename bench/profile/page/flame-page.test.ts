import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import axe from 'axe-core'
import type { Browser } from 'playwright-core'
import { launch, noBrowser, open } from '../../report/test-browser.ts'
import { ROOT } from '../../support/results.ts'
import { compareProfiles } from '../comparison.ts'
import { differencePage } from '../difference-report.ts'
import type { Profile } from '../profile.ts'
import { profilePage } from '../report.ts'
import type { ProfileResult } from '../result.ts'
import { cpuProfile } from '../test-profiles.ts'
import { cpuTree } from '../v8-profiles.ts'

const HOSTILE = '</script><img/src=x/onerror=alert(1)>'
const AUTH = `auth ${pathToFileURL(`${ROOT}tactics/auth/auth.ts`).href}:12`

function profile(hostileUs: number): Profile {
  const tree = (us: number) =>
    cpuTree(
      cpuProfile([
        [`${AUTH} > ${HOSTILE}`, us],
        [AUTH, 3000],
        ['(garbage collector)', 500],
      ]),
    )
  const threads = ['gateway', 'login'].map((component, at) => ({
    thread: `${component}/0`,
    replicas: [`${component}/0`],
    component,
    tree: tree(hostileUs + at),
  }))
  const environment = { node: 'v22', cpu: 'one', commit: null }
  const result = { of: 'cpu', name: HOSTILE, requests: 10, interval: 500, windowMs: 1000, load: null, modules: [] }
  const tables = { threads: [{ amount: 7000 }], shares: [], hottest: [] }
  return { threads, result: { ...result, ...tables, environment } as unknown as ProfileResult }
}

const flame = profile(2000)
const compared = compareProfiles(['a', 'b'], profile(2000), profile(4000))

let browser: Browser
before(async () => {
  if (!noBrowser) browser = await launch()
})
after(() => browser?.close())

test('a flame graph is drawn without a network; it can be searched, zoomed and switched to one thread', {
  skip: noBrowser,
}, async t => {
  const { page, complaints, asked, dialogs, url } = await open(t, browser, profilePage(flame.result, flame.threads), {
    viewport: { width: 1200, height: 800 },
  })
  const boxes = page.locator('#chart g.frame')
  await page.locator('#chart g[name="auth auth.ts:12"]').first().waitFor()
  assert.equal(await boxes.count(), 9, 'all, two components, and three functions of each')
  await page.fill('#search', 'AUTH.TS')
  assert.match((await page.textContent('#found')) ?? '', /^2 found, 90\.9 %$/)
  // A search is for words, not for a regular expression.
  await page.fill('#search', '(')
  assert.match((await page.textContent('#found')) ?? '', /^2 found, 36\.4 %$/)
  await page.click('#reset')
  await page.locator('#chart g[name="gateway"]').click()
  await page.waitForFunction("document.querySelectorAll('#chart g.frame').length === 5")
  await page.selectOption('#view', 'login/0')
  await page.locator('#chart g[name="login/0"]').waitFor()
  assert.equal(await boxes.count(), 4)
  await page.locator(`#chart g[name="auth auth.ts:12"]`).hover()
  assert.match(
    (await page.textContent('#details')) ?? '',
    /tactics\/auth\/auth\.ts:12 {2}90\.\d\d %, 500 µs per request/,
  )
  assert.deepEqual([complaints, dialogs, asked], [[], [], [url]])
  await page.evaluate(axe.source)
  const faults = await page.evaluate<{ id: string; impact: string }[]>(
    'axe.run(document).then(found => found.violations)',
  )
  assert.deepEqual(
    faults.filter(({ impact }) => ['serious', 'critical'].includes(impact)).map(({ id }) => id),
    [],
  )
})

test('a difference is drawn in colours for more and less', { skip: noBrowser }, async t => {
  const { page, complaints } = await open(t, browser, differencePage({ ...compared }), {
    viewport: { width: 1200, height: 800 },
  })
  await page.locator('#chart g.frame').first().waitFor()
  const fill = (name: string) => page.locator(`#chart g[name="${name}"] rect`).first().getAttribute('fill')
  // Red where the second side takes more: green and blue are less than it.
  const [red, green, blue] = /rgb\((\d+),(\d+),(\d+)\)/
    .exec((await fill('auth auth.ts:12'))!)!
    .slice(1)
    .map(Number)
  assert.ok(red! > green! && green === blue, `${red} ${green} ${blue}`)
  assert.deepEqual(complaints, [])
})
