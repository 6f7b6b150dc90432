-- The outbox of audit: what it publishes, and how far it has read what others publish. The tables have
-- one shape in every context; internal/platform/outbox holds their only SQL and says what they promise.

-- +goose Up

-- The last position taken in each lane. The only rows that every publishing transaction updates, so
-- their pages keep room for many versions (HOT) and are vacuumed early.
CREATE TABLE audit.outbox_head (
    lane smallint NOT NULL PRIMARY KEY,
    pos  bigint   NOT NULL
) WITH (
    fillfactor = 10,
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 1000,
    autovacuum_vacuum_cost_delay = 0
);

INSERT INTO audit.outbox_head (lane, pos)
SELECT lane, 0
FROM generate_series(0, 255) AS lane;

-- The events: gap-free positions per lane, in commit order. Only inserted, never updated.
CREATE TABLE audit.outbox (
    lane    smallint    NOT NULL,
    pos     bigint      NOT NULL,
    day     date        NOT NULL,
    kind    text        NOT NULL,
    version smallint    NOT NULL,
    key     text        NOT NULL,
    payload json        NOT NULL,
    trace   text        NOT NULL,
    at      timestamptz NOT NULL,
    PRIMARY KEY (lane, pos, day)
) PARTITION BY RANGE (day);

-- The airbag: a day whose partition was not made ahead of time still takes events.
CREATE TABLE audit.outbox_default PARTITION OF audit.outbox DEFAULT;

-- How far each of the subscriptions of audit has applied each lane of its producer.
CREATE TABLE audit.outbox_cursor (
    lane         smallint NOT NULL,
    subscription text     NOT NULL,
    pos          bigint   NOT NULL,
    PRIMARY KEY (lane, subscription)
) WITH (
    fillfactor = 10,
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 1000,
    autovacuum_vacuum_cost_delay = 0
);

-- Events that a subscription could not apply, and the later ones of the same key waiting behind them.
-- A skipped one stays, with the reason written down.
CREATE TABLE audit.outbox_parked (
    lane         smallint    NOT NULL,
    subscription text        NOT NULL,
    pos          bigint      NOT NULL,
    source       text        NOT NULL,
    kind         text        NOT NULL,
    version      smallint    NOT NULL,
    key          text        NOT NULL,
    payload      json        NOT NULL,
    trace        text        NOT NULL,
    at           timestamptz NOT NULL,
    error        text        NOT NULL,
    attempts     int         NOT NULL,
    parked_at    timestamptz NOT NULL,
    skipped_at   timestamptz,
    skip_reason  text,
    PRIMARY KEY (lane, subscription, pos)
);

-- The keys whose events must wait.
CREATE TABLE audit.outbox_parked_key (
    lane         smallint    NOT NULL,
    subscription text        NOT NULL,
    key          text        NOT NULL,
    parked_at    timestamptz NOT NULL,
    PRIMARY KEY (lane, subscription, key)
);

-- +goose Down
DROP TABLE audit.outbox_parked_key;
DROP TABLE audit.outbox_parked;
DROP TABLE audit.outbox_cursor;
DROP TABLE audit.outbox;
DROP TABLE audit.outbox_head;
