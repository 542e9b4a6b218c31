/** Marks the file as one of ours ("ajob" in ASCII): another program's database is not written to. */
export const APPLICATION_ID = 0x616a6f62

/** Grows when a newer worker could not read an older file. */
export const SCHEMA_VERSION = 1

/*
 * `ready` and `delayed` (waits for its next attempt) are both `queued` to clients. Every index but the one by state is
 * partial, so that a job stands in few of them at a time; statements name the one they mean, for SQLite would rather take the
 * one by state. The counts are kept by triggers: no code path can forget them.
 */
export const SCHEMA = `
  CREATE TABLE job (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    kind TEXT NOT NULL,
    lane TEXT NOT NULL,
    priority INTEGER NOT NULL,
    task TEXT NOT NULL,
    duration_ms REAL,
    attempts INTEGER NOT NULL DEFAULT 0,
    submitted_at INTEGER NOT NULL,
    due_at INTEGER,
    started_at INTEGER,
    finished_at INTEGER,
    owner TEXT,
    lease_until INTEGER,
    progress REAL,
    result TEXT,
    cause TEXT,
    error TEXT,
    published INTEGER NOT NULL DEFAULT 1,
    publish_until INTEGER NOT NULL DEFAULT 0
  );
  CREATE INDEX job_by_state ON job (state, seq);
  CREATE INDEX job_ready ON job (lane, priority DESC, seq) WHERE state = 'ready';
  CREATE INDEX job_delayed ON job (due_at) WHERE state = 'delayed';
  CREATE INDEX job_running ON job (lease_until) WHERE state = 'running';
  CREATE INDEX job_finished ON job (finished_at, seq) WHERE state IN ('done', 'failed', 'cancelled');
  CREATE INDEX job_unpublished ON job (publish_until) WHERE published = 0 AND state = 'ready';

  CREATE TABLE job_count (state TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID;
  INSERT INTO job_count VALUES
    ('ready', 0), ('delayed', 0), ('running', 0), ('done', 0), ('failed', 0), ('dead', 0), ('cancelled', 0), ('key', 0);
  CREATE TRIGGER job_added AFTER INSERT ON job BEGIN
    UPDATE job_count SET n = n + 1 WHERE state = new.state;
  END;
  CREATE TRIGGER job_moved AFTER UPDATE OF state ON job WHEN old.state <> new.state BEGIN
    UPDATE job_count SET n = n - 1 WHERE state = old.state;
    UPDATE job_count SET n = n + 1 WHERE state = new.state;
  END;
  CREATE TRIGGER job_forgotten AFTER DELETE ON job BEGIN
    UPDATE job_count SET n = n - 1 WHERE state = old.state;
  END;

  CREATE TABLE idempotency_key (
    key TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    job TEXT NOT NULL,
    expires_at INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX idempotency_key_expiry ON idempotency_key (expires_at);
  CREATE TRIGGER key_added AFTER INSERT ON idempotency_key BEGIN
    UPDATE job_count SET n = n + 1 WHERE state = 'key';
  END;
  CREATE TRIGGER key_forgotten AFTER DELETE ON idempotency_key BEGIN
    UPDATE job_count SET n = n - 1 WHERE state = 'key';
  END;

  CREATE TABLE holder (
    id TEXT PRIMARY KEY,
    lab TEXT NOT NULL,
    replica TEXT NOT NULL,
    pid INTEGER NOT NULL,
    seen_at INTEGER NOT NULL
  ) WITHOUT ROWID;

  CREATE TABLE queue (name TEXT PRIMARY KEY) WITHOUT ROWID;
  INSERT INTO queue VALUES (lower(hex(randomblob(4))));
`
