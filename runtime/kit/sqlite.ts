type Sqlite = typeof import('node:sqlite')

let loaded: Sqlite | undefined

/**
 * Loads `node:sqlite` without the warning that Node 22 prints for it, and only that one: the module is pinned with the
 * Node version, so the warning tells a user of the lab nothing. Loading is synchronous, so no other warning passes by.
 */
export function loadSqlite(): Sqlite {
  if (loaded) return loaded
  const { emitWarning } = process
  process.emitWarning = ((warning: string | Error, ...rest: never[]): void => {
    if (!String(warning).includes('SQLite is an experimental feature')) emitWarning.call(process, warning, ...rest)
  }) as typeof process.emitWarning
  try {
    loaded = process.getBuiltinModule('node:sqlite')
  } finally {
    process.emitWarning = emitWarning
  }
  return loaded
}
