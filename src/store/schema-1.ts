/**
 * The first schema. Times are milliseconds since the epoch. `sum` is a row's checksum (`seal.ts`); that of an event is
 * chained to the event before it, and `chain` holds the last one, so that a lost tail is seen. Text columns named
 * `data` hold JSON of a domain type. Deleting an event is refused in every way SQL has, `INSERT OR REPLACE` included.
 */
export const FIRST_SCHEMA = `
CREATE TABLE plans (
  hash TEXT PRIMARY KEY, created INTEGER NOT NULL, data TEXT NOT NULL, sum TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE events (
  seq INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  rollout TEXT NOT NULL,
  type TEXT NOT NULL,
  host TEXT, unit TEXT, step TEXT, attempt INTEGER,
  data TEXT NOT NULL,
  sum TEXT NOT NULL
) STRICT;
CREATE INDEX events_of_rollout ON events (rollout, seq);

CREATE TRIGGER events_stay BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER events_are_kept BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER events_append BEFORE INSERT ON events
WHEN NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM events)
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;

CREATE TABLE chain (
  id INTEGER PRIMARY KEY CHECK (id = 1), seq INTEGER NOT NULL, sum TEXT NOT NULL
) STRICT;
INSERT INTO chain (id, seq, sum) VALUES (1, 0, '${'0'.repeat(64)}');

CREATE TABLE rollouts (
  id TEXT PRIMARY KEY,
  plan TEXT NOT NULL REFERENCES plans (hash),
  purpose TEXT NOT NULL, target TEXT NOT NULL, status TEXT NOT NULL,
  started INTEGER NOT NULL, ended INTEGER, outcome TEXT, reason TEXT,
  events INTEGER NOT NULL,
  sum TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE rollout_units (
  rollout TEXT NOT NULL REFERENCES rollouts (id), position INTEGER NOT NULL,
  host TEXT NOT NULL, unit TEXT NOT NULL,
  state TEXT NOT NULL, step TEXT, reached TEXT, attempt INTEGER NOT NULL, outcome TEXT, trouble TEXT,
  updated INTEGER NOT NULL,
  sum TEXT NOT NULL,
  PRIMARY KEY (rollout, host, unit)
) STRICT, WITHOUT ROWID;

CREATE TABLE sweeps (
  id TEXT PRIMARY KEY, at INTEGER NOT NULL, took_ms REAL NOT NULL,
  hosts INTEGER NOT NULL, reached INTEGER NOT NULL, drifted INTEGER NOT NULL,
  sum TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sweeps_by_time ON sweeps (at);

CREATE TABLE observations (
  host TEXT NOT NULL, kind TEXT NOT NULL, sweep TEXT NOT NULL, since INTEGER, data TEXT NOT NULL, sum TEXT NOT NULL,
  PRIMARY KEY (host, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE drifts (
  id INTEGER PRIMARY KEY,
  host TEXT NOT NULL, instance TEXT NOT NULL,
  state TEXT NOT NULL, sha TEXT, version TEXT, reason TEXT NOT NULL,
  since INTEGER NOT NULL, last_seen INTEGER NOT NULL, current INTEGER NOT NULL,
  data TEXT,
  sum TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX drifts_current ON drifts (host, instance) WHERE current = 1;
CREATE INDEX drifts_of_host ON drifts (host, id);

CREATE TABLE findings (
  id INTEGER PRIMARY KEY,
  rollout TEXT, at INTEGER NOT NULL, host TEXT NOT NULL, data TEXT NOT NULL,
  sum TEXT NOT NULL
) STRICT;
CREATE INDEX findings_of_rollout ON findings (rollout, id);
CREATE INDEX findings_of_host ON findings (host, id);

CREATE TABLE holds (
  host TEXT PRIMARY KEY, since INTEGER NOT NULL, until INTEGER NOT NULL, sum TEXT NOT NULL
) STRICT, WITHOUT ROWID;
`;
