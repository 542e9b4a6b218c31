import type { DatabaseSync, StatementSync } from 'node:sqlite'

/** Hands out prepared statements by their text. */
export type Statements = (sql: string) => StatementSync

/** Prepares each statement once. The texts are those of this folder, so their number is bounded. */
export function statements(database: DatabaseSync): Statements {
  const prepared = new Map<string, StatementSync>()
  return sql => {
    let statement = prepared.get(sql)
    if (!statement) {
      statement = database.prepare(sql)
      prepared.set(sql, statement)
    }
    return statement
  }
}
