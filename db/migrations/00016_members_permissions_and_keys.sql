-- What owners grant to single people or withhold from them, and the keys of other programs.

-- +goose Up
-- It ends with the work in the store.
CREATE TABLE members.permission_exception (
    member_id  uuid        NOT NULL,
    store_id   uuid        NOT NULL,
    permission text        NOT NULL CHECK (permission <> ''),
    granted    boolean     NOT NULL,
    set_at     timestamptz NOT NULL,
    PRIMARY KEY (member_id, store_id, permission),
    FOREIGN KEY (member_id, store_id) REFERENCES members.workplace ON DELETE CASCADE
);

-- A key is prefix and secret; of the secret only the SHA-256 is kept. Without a store it is
-- headquarters'.
CREATE TABLE members.api_key (
    key_id         uuid        NOT NULL PRIMARY KEY,
    of_store       uuid        REFERENCES members.store,
    name           text        NOT NULL CHECK (name <> ''),
    prefix         text        NOT NULL UNIQUE,
    secret_hash    bytea       NOT NULL,
    permissions    text[]      NOT NULL,
    per_minute     integer     NOT NULL CHECK (per_minute > 0),
    created_at     timestamptz NOT NULL,
    created_by     text        NOT NULL,
    expires_at     timestamptz NOT NULL,
    last_used_at   timestamptz,
    last_used_from text        NOT NULL DEFAULT '',
    revoked_at     timestamptz
);
CREATE INDEX api_key_store ON members.api_key (of_store, created_at);

-- +goose Down
DROP TABLE members.api_key;
DROP TABLE members.permission_exception;
