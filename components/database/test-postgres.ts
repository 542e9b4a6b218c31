import { Client } from 'pg'

/** The PostgreSQL of this machine. */
export const POSTGRES_URL = 'postgres://postgres@127.0.0.1:5432/test'

/** Why there is nothing to test with; `undefined` when there is. */
export const noPostgres = (): Promise<string | undefined> =>
  sql('SELECT 1').then(
    () => undefined,
    () => `no PostgreSQL at ${POSTGRES_URL}`,
  )

/** Runs statements in a connection of their own; the outcome is the rows of the last one. */
export async function sql(text: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: POSTGRES_URL })
  try {
    await client.connect()
    const results = await client.query(text)
    return (Array.isArray(results) ? results.at(-1) : results).rows
  } finally {
    await client.end()
  }
}

/** The name of a schema that no other test has; it goes after the test, with everything in it. */
export function ownSchema(t: { after(clean: () => Promise<void>): void }): string {
  const schema = `archlab_test_${crypto.randomUUID().replaceAll('-', '')}`
  t.after(async () => {
    await sql(`SET client_min_messages = warning; DROP SCHEMA IF EXISTS "${schema}" CASCADE`)
  })
  return schema
}
