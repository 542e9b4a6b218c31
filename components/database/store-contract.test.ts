import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { noPostgres, ownSchema, POSTGRES_URL } from './test-postgres.ts'
import { storeContract } from './test-store-contract.ts'

storeContract('SQLite in memory', async () => ({ settings: {}, shared: false }))

storeContract('SQLite in a file', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'archlab-contract-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return { settings: { store: join(folder, 'lab.db') }, shared: true }
})

storeContract('PostgreSQL', async t => {
  const missing = await noPostgres()
  if (missing !== undefined) return { missing }
  return { settings: { store: POSTGRES_URL, schema: ownSchema(t) }, shared: true }
})
