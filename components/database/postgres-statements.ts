import { lockKey, type Statement } from './postgres-connection.ts'
import { PAGE_BYTES_MAX, TRACES_MAX } from './store.ts'

/**
 * The statements of a data set in a schema. Each is one transaction that checks and writes, so that no client holds a lock
 * while it thinks, or stalls.
 *
 * Numbers of changes must be told in order, though transactions end in another order than they drew them. So who draws one
 * takes a shared advisory lock first, and who asks for changes takes it exclusively for a moment (`drained`): then every
 * change up to the number last drawn is there, or never will be. Writers do not wait for each other.
 */
export function statements(schema: string) {
  const key = lockKey(`changes of ${schema}`)
  const record = `"${schema}".record`
  const sequence = `"${schema}".version`
  const draw = `
    gate AS MATERIALIZED (SELECT pg_advisory_xact_lock_shared(${key})),
    next AS MATERIALIZED (SELECT nextval('${sequence}') AS version FROM gate)`
  const named = (name: string, text: string): Statement => ({ name: `archlab ${name}`, text })
  return {
    message: named('message', `SELECT text FROM "${schema}".message WHERE id = 1`),
    get: named('get', `SELECT version, body FROM ${record} WHERE id = $1 AND body IS NOT NULL`),
    page: named('page', cut(`SELECT id, version, body FROM ${record} WHERE id > $1 AND body IS NOT NULL`, 'id')),

    /** $1 id, $2 body, $3 may it be there, $4 versions that it must not have. */
    put: named(
      'put',
      `WITH ${draw}
      INSERT INTO ${record} AS old (id, version, since, body) SELECT $1, version, version, $2 FROM next
      ON CONFLICT (id) DO UPDATE SET
        version = excluded.version,
        since = CASE WHEN old.body IS NULL THEN excluded.version ELSE old.since END,
        body = excluded.body
      WHERE old.body IS NULL OR ($3::boolean AND old.version <> ALL ($4::bigint[]))
      RETURNING version, since`,
    ),
    /** $1 id, $2 body, $3 versions of which it must have one (NULL: any), $4 may it be there, $5 versions it must not have. */
    replace: named(
      'replace',
      `WITH ${draw}
      UPDATE ${record} AS old SET version = next.version, body = $2 FROM next
      WHERE id = $1 AND body IS NOT NULL AND ${LET}
      RETURNING old.version`,
    ),
    /** As `replace`, without a body. One row that says what was done, and whether it was there. */
    remove: named(
      'remove',
      `WITH ${draw}, gone AS (
        UPDATE ${record} AS old SET version = next.version, body = $2 FROM next
        WHERE id = $1 AND body IS NOT NULL AND ${LET}
        RETURNING old.version
      )
      SELECT EXISTS (SELECT FROM gone) AS gone,
        EXISTS (SELECT FROM ${record} WHERE id = $1 AND body IS NOT NULL) AS seen`,
    ),

    drained: named(
      'drained',
      `WITH gate AS MATERIALIZED (SELECT pg_advisory_xact_lock(${key}))
      SELECT coalesce(pg_sequence_last_value('${sequence}'::regclass), 0) AS version FROM gate`,
    ),
    changes: named(
      'changes',
      cut(
        `SELECT id, version, body FROM ${record} WHERE version > $1::bigint AND ($1::bigint > 0 OR body IS NOT NULL)`,
        'version',
      ),
    ),
    origin: named(
      'origin',
      `SELECT source, forgotten, (SELECT text FROM "${schema}".message WHERE id = 1) AS message
      FROM "${schema}".origin`,
    ),
    /** Removes the traces of all but the latest removals. */
    forget: named(
      'forget',
      `WITH edge AS (
        SELECT version FROM ${record} WHERE body IS NULL ORDER BY version DESC OFFSET ${TRACES_MAX} LIMIT 1
      ), forgotten AS (
        DELETE FROM ${record} USING edge WHERE body IS NULL AND record.version <= edge.version
      )
      UPDATE "${schema}".origin SET forgotten = greatest(forgotten, edge.version) FROM edge`,
    ),
  }
}

const LET = '($3::bigint[] IS NULL OR old.version = ANY ($3)) AND $4::boolean AND old.version <> ALL ($5::bigint[])'

/** At most $2 rows of `rows`, in this order, and of those as many as have PAGE_BYTES_MAX in sum; at least one. */
const cut = (rows: string, order: string): string => `
  SELECT id, version, body FROM (
    SELECT id, version, body, sum(octet_length(body)) OVER (ORDER BY ${order}) AS bytes
    FROM (${rows} ORDER BY ${order} LIMIT $2) AS first
  ) AS summed
  WHERE coalesce(bytes - octet_length(body), 0) < ${PAGE_BYTES_MAX} ORDER BY ${order}`
