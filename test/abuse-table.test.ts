import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { FRAMING, HIDDEN_LENGTH } from './support/abuse/framing-cases.ts'
import { startFronts } from './support/abuse/fronts.ts'
import { runCases } from './support/abuse/run-case.ts'
import { ALL_CASES, markdown, rowsOf } from './support/abuse/table.ts'

/* The table of docs/limits.md, sent again. Some messages are waited for as long as the server library does, some 12 s. */

const DOCUMENT = readFileSync(new URL('../docs/limits.md', import.meta.url), 'utf8')

/** What was sent, what was answered, what the next hop saw: without the columns of the peer, which need not be here. */
const ours = (text: string): string[] =>
  text.split('\n').flatMap(line => (line.startsWith('| ') ? [line.split(' | ').slice(0, 3).join(' | ')] : []))

test('Messages that are not as they should be', async t => {
  const { channel, http, direct } = await startFronts(t)
  const [overChannel, overHttp, atOnce] = await Promise.all([
    runCases(channel, ALL_CASES),
    runCases(http, ALL_CASES),
    runCases(direct, FRAMING),
  ])
  await t.test('are answered as docs/limits.md says, over both transports alike', () => {
    const [, table = ''] = /begin -->([\s\S]*)<!-- npm run abuse: end/.exec(DOCUMENT) ?? []
    assert.deepEqual(ours(markdown(rowsOf(overChannel, overHttp, null))), ours(table), 'npm run abuse -- --write')
  })
  await t.test('are never read as two requests, also where the first is answered at once', () => {
    const smuggled = atOnce.flatMap(({ saw }, at) => (saw.includes('smuggled') ? [`${FRAMING[at]!.what}: ${saw}`] : []))
    assert.deepEqual(smuggled, [])
  })
  await t.test('except for one that the server library does not show; docs/limits.md says so', async () => {
    const [outcome] = await runCases({ ...direct, name: 'hidden' }, [HIDDEN_LENGTH])
    assert.equal(outcome!.saw, 'GET /case, then GET /case/smuggled')
  })
})
