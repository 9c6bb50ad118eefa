import type { DatabaseSync } from 'node:sqlite'
import { StoreCorrupt, StoreTooNew } from './errors.ts'

/** Marks the file as ours ("LTRB"). @see https://sqlite.org/pragma.html#pragma_application_id */
const APPLICATION_ID = 0x4c545242

/** Forward only: entry n brings version n to n+1. Never edit one that was released; add the next.
 *  `seq` is the order of recording: ids are ULIDs, but a job's id was minted by the web program, which nobody trusts. */
const MIGRATIONS = [
  `
  CREATE TABLE jobs (
    seq          INTEGER PRIMARY KEY AUTOINCREMENT,
    id           TEXT NOT NULL UNIQUE,
    received_at  TEXT NOT NULL,
    taken_at     TEXT NOT NULL,
    source       TEXT NOT NULL,
    forge        TEXT,
    delivery     TEXT,
    repository   TEXT,
    events       TEXT NOT NULL,
    request      TEXT,
    because      TEXT,
    duplicate_of TEXT
  ) STRICT;
  CREATE INDEX jobs_by_repository ON jobs (repository, seq);
  CREATE INDEX jobs_by_delivery ON jobs (delivery, seq) WHERE delivery IS NOT NULL;

  -- outlives its job, so that a delivery cannot be replayed after its record was pruned
  CREATE TABLE seen (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,
    forge       TEXT NOT NULL,
    delivery    TEXT NOT NULL,
    body_digest TEXT NOT NULL,
    job         TEXT NOT NULL
  ) STRICT;
  CREATE INDEX seen_by_delivery ON seen (forge, delivery);
  CREATE INDEX seen_by_body ON seen (forge, body_digest);

  CREATE TABLE counters (repository TEXT PRIMARY KEY, last INTEGER NOT NULL) STRICT, WITHOUT ROWID;

  CREATE TABLE runs (
    seq          INTEGER PRIMARY KEY AUTOINCREMENT,
    id           TEXT NOT NULL UNIQUE,
    number       INTEGER NOT NULL,
    job          TEXT NOT NULL REFERENCES jobs (id),
    repository   TEXT NOT NULL,
    event        TEXT NOT NULL,
    ref          TEXT,
    branch       TEXT,
    tag          TEXT,
    commit_id    TEXT,
    message      TEXT,
    author       TEXT,
    trigger_name TEXT NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'canceled', 'skipped')),
    reason       TEXT,
    attempt      INTEGER NOT NULL,
    queued_at    TEXT NOT NULL,
    started_at   TEXT,
    finished_at  TEXT,
    starts       INTEGER NOT NULL DEFAULT 0,
    config       TEXT NOT NULL,
    UNIQUE (repository, number)
  ) STRICT;
  CREATE INDEX runs_by_job ON runs (job);
  CREATE INDEX runs_by_repository ON runs (repository, seq);
  CREATE INDEX runs_by_repository_state ON runs (repository, state, seq);
  CREATE INDEX runs_by_repository_branch ON runs (repository, branch, seq);
  CREATE INDEX runs_by_branch ON runs (branch, seq);
  CREATE INDEX runs_by_state ON runs (state, seq);
  CREATE INDEX runs_by_lane ON runs (repository, ref, trigger_name, seq);
  CREATE INDEX runs_by_config ON runs (config);
  CREATE INDEX runs_by_end ON runs (finished_at);

  -- apart from runs, so that lists do not read it: it holds the whole event
  CREATE TABLE plans (
    run  INTEGER PRIMARY KEY REFERENCES runs (seq) ON DELETE CASCADE,
    plan TEXT NOT NULL
  ) STRICT;

  CREATE TABLE steps (
    run         INTEGER NOT NULL REFERENCES runs (seq) ON DELETE CASCADE,
    idx         INTEGER NOT NULL,
    action      TEXT NOT NULL,
    name        TEXT NOT NULL,
    state       TEXT NOT NULL,
    started_at  TEXT,
    finished_at TEXT,
    exit_code   INTEGER,
    error       TEXT,
    outputs     TEXT NOT NULL,
    PRIMARY KEY (run, idx)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE configs (
    seq    INTEGER PRIMARY KEY AUTOINCREMENT,
    digest TEXT NOT NULL UNIQUE,
    json   TEXT NOT NULL
  ) STRICT;

  CREATE TABLE outbox (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    id         TEXT NOT NULL UNIQUE,
    run        INTEGER NOT NULL REFERENCES runs (seq) ON DELETE CASCADE,
    message_id TEXT NOT NULL,
    payload    TEXT NOT NULL,
    state      TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'given up')),
    attempts   INTEGER NOT NULL DEFAULT 0,
    next_at    TEXT NOT NULL,
    sent_at    TEXT,
    error      TEXT
  ) STRICT;
  CREATE INDEX outbox_due ON outbox (next_at) WHERE state = 'waiting';
  CREATE INDEX outbox_by_run ON outbox (run);
  `,
  `
  CREATE TABLE audit (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    at         TEXT NOT NULL,
    action     TEXT NOT NULL,
    asked_by   TEXT,
    source     TEXT,
    repository TEXT,
    run        TEXT,
    job        TEXT,
    detail     TEXT NOT NULL
  ) STRICT;
  CREATE INDEX audit_by_time ON audit (at);
  CREATE INDEX audit_by_repository ON audit (repository, seq);
  `,
  `
  -- who asked for the end of the run: asked again after a restart, so that no cancel is lost
  ALTER TABLE runs ADD COLUMN canceled_by TEXT;
  -- the run that really carried the step out, for a retry that begins later than at its first step
  ALTER TABLE steps ADD COLUMN taken_from TEXT;
  `,
]

/** The schema version that this program reads and writes. */
export const SCHEMA_VERSION = MIGRATIONS.length

/** Brings the file to SCHEMA_VERSION, each step in its own transaction.
 *  @throws StoreTooNew, StoreCorrupt (someone else's SQLite file) */
export function migrate(database: DatabaseSync, file: string): void {
  const found = schemaVersion(database, file)
  if (found > SCHEMA_VERSION) throw new StoreTooNew(file, found, SCHEMA_VERSION)
  for (const [at, sql] of MIGRATIONS.slice(found).entries()) {
    database.exec(`
      BEGIN IMMEDIATE;
      ${sql}
      PRAGMA application_id = ${APPLICATION_ID};
      PRAGMA user_version = ${found + at + 1};
      COMMIT;
    `)
  }
}

/** 0 for an empty file. @throws StoreCorrupt when the file is an SQLite database of somebody else */
export function schemaVersion(database: DatabaseSync, file: string): number {
  const application = pragma(database, 'application_id')
  const version = pragma(database, 'user_version')
  if (application === APPLICATION_ID) return version
  const tables = database.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.n
  if (application !== 0 || version !== 0 || tables !== 0) {
    throw new StoreCorrupt(file, 'it is an SQLite database, but not one of Letterbox')
  }
  return 0
}

function pragma(database: DatabaseSync, name: 'application_id' | 'user_version'): number {
  const value = database.prepare(`PRAGMA ${name}`).get()?.[name]
  return typeof value === 'number' ? value : 0
}
