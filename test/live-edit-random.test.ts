import assert from 'node:assert/strict'
import { test } from 'node:test'
import { editUnderLoad } from './support/edits/under-load.ts'

/* The short form of `npm run soak:edits`. */

test('random edits fail no request, and leave what a fresh start of the last file gives', async t => {
  const { requests, failures, differences } = await editUnderLoad(t, 25, 'short')
  assert.deepEqual({ failures, differences }, { failures: [], differences: [] })
  assert.ok(requests > 500, `${requests} requests in all`)
})
