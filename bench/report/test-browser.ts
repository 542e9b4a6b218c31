import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { pathToFileURL } from 'node:url'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

const CHROMIUM = '/usr/bin/chromium'

/** Why tests with a browser do not run here; `false` when they do. */
export const noBrowser: string | false = existsSync(CHROMIUM) ? false : `there is no ${CHROMIUM}`

const ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** A browser with a profile of its own, which goes when it is closed. */
export const launch = (): Promise<Browser> => chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS })

/** A page that is open in a browser without a network. */
export interface OpenPage {
  readonly page: Page
  /** Errors and warnings of the console, and exceptions. */
  readonly complaints: readonly string[]
  /** Address of the page. */
  readonly url: string
  /** Addresses that the page asked for, its own first. */
  readonly asked: readonly string[]
  /** Those of them that it got. */
  readonly loaded: readonly string[]
  /** Dialogs that a script opened. */
  readonly dialogs: readonly string[]
}

/** Opens a page from a file, as a reader would; everything is closed and removed when the test ends. */
export async function open(
  t: TestContext,
  browser: Browser,
  text: string,
  options: BrowserContextOptions,
): Promise<OpenPage> {
  const folder = await mkdtemp(join(tmpdir(), 'archlab-report-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'report.html')
  await writeFile(file, text)
  const context = await browser.newContext({ ...options, offline: true })
  t.after(() => context.close())
  const page = await context.newPage()
  const complaints: string[] = []
  const asked: string[] = []
  const loaded: string[] = []
  const dialogs: string[] = []
  page.on('console', message => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
  })
  page.on('pageerror', error => complaints.push(error.message))
  page.on('request', request => asked.push(request.url()))
  page.on('requestfinished', request => loaded.push(request.url()))
  page.on('dialog', dialog => {
    dialogs.push(dialog.message())
    void dialog.dismiss()
  })
  const url = pathToFileURL(file).href
  await page.goto(url)
  return { page, complaints, url, asked, loaded, dialogs }
}
