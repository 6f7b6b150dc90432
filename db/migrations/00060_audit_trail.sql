-- The audit trail: who changed what, when and from where, of every context. Rows are only ever added,
-- each bound to the one before by its hash (docs/adr/0030).

-- +goose Up
CREATE SCHEMA IF NOT EXISTS audit;

-- Partitioned by the id, whose first bits are the time of the act (docs/adr/0004).
CREATE TABLE audit.entry (
    entry_id    uuid        NOT NULL,
    source      text        NOT NULL, -- the context in which it was done
    day         date        NOT NULL, -- of the chain: the UTC day on which the entry was bound
    n           bigint      NOT NULL, -- from 1 within source and day
    at          timestamptz NOT NULL,
    member_id   uuid        NOT NULL, -- the zero id: the program itself, or nobody who signed in
    actor       text        NOT NULL,
    actor_role  text        NOT NULL,
    session_id  uuid        NOT NULL, -- the session or API key through which it was done, or the zero id
    address     text        NOT NULL,
    action      text        NOT NULL,
    object_kind text        NOT NULL,
    object_id   text        NOT NULL,
    object_name text        NOT NULL,
    store_id    uuid        NOT NULL, -- the zero id: no store
    note        text        NOT NULL,
    before      json, -- json and not jsonb: the hash is of the text
    after       json,
    source_lane smallint    NOT NULL, -- the event that told of it; -1 for acts on the trail itself
    source_pos  bigint      NOT NULL,
    hash        bytea       NOT NULL,
    PRIMARY KEY (entry_id)
) PARTITION BY RANGE (entry_id);
CREATE TABLE audit.entry_default PARTITION OF audit.entry DEFAULT;
CREATE INDEX entry_member ON audit.entry (member_id, entry_id);
CREATE INDEX entry_store ON audit.entry (store_id, entry_id) WHERE store_id <> '00000000-0000-0000-0000-000000000000';
CREATE INDEX entry_object ON audit.entry (object_id, entry_id) WHERE object_kind <> 'order'; -- an order's id says when it was
CREATE INDEX entry_day ON audit.entry USING brin (day);

-- Where each chain ends. Whoever adds to one holds its row.
CREATE TABLE audit.head (
    source text   NOT NULL PRIMARY KEY,
    day    date   NOT NULL,
    n      bigint NOT NULL,
    hash   bytea  NOT NULL,
    key_id text   NOT NULL -- which key the hashes of the day are made with; empty: none
) WITH (fillfactor = 50);

-- How many entries each day of a chain has, and the last of its hashes.
CREATE TABLE audit.chain_day (
    source text   NOT NULL,
    day    date   NOT NULL,
    n      bigint NOT NULL,
    hash   bytea  NOT NULL,
    key_id text   NOT NULL,
    PRIMARY KEY (source, day)
) WITH (fillfactor = 50);

-- The people in the trail under their newest name, to find them by it.
CREATE TABLE audit.person (
    member_id uuid        NOT NULL PRIMARY KEY,
    name      text        NOT NULL,
    last_at   timestamptz NOT NULL
);

-- +goose Down
DROP TABLE audit.person;
DROP TABLE audit.chain_day;
DROP TABLE audit.head;
DROP TABLE audit.entry;
