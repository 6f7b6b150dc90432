-- The franchise, its stores, the people and where they work, their sessions, and the attempts to
-- sign in that failed.

-- +goose Up
CREATE SCHEMA IF NOT EXISTS members;

-- One installation is one franchise; its currency is fixed for ever, because every amount stored
-- anywhere is in it.
CREATE TABLE members.franchise (
    only_one   boolean     NOT NULL PRIMARY KEY DEFAULT true CHECK (only_one),
    name_ko    text        NOT NULL CHECK (name_ko <> ''),
    name_en    text        NOT NULL,
    currency   text        NOT NULL CHECK (length(currency) = 3),
    founded_at timestamptz NOT NULL
);

CREATE TABLE members.store (
    store_id       uuid        NOT NULL PRIMARY KEY,
    code           text        NOT NULL UNIQUE CHECK (code ~ '^[a-z0-9-]{1,32}$'),
    name_ko        text        NOT NULL CHECK (name_ko <> ''),
    name_en        text        NOT NULL,
    region         text        NOT NULL,
    address        text        NOT NULL,
    phone          text        NOT NULL,
    time_zone      text        NOT NULL CHECK (time_zone <> ''),
    cutoff_minutes smallint    NOT NULL CHECK (cutoff_minutes BETWEEN 0 AND 719),
    opened_at      timestamptz NOT NULL,
    changed_at     timestamptz NOT NULL
);

-- login is kept in lower case, so that it is unique whatever the keyboard does.
CREATE TABLE members.member (
    member_id     uuid        NOT NULL PRIMARY KEY,
    login         text        NOT NULL UNIQUE CHECK (login = lower(login) AND login <> ''),
    name          text        NOT NULL CHECK (name <> ''),
    role          text        NOT NULL CHECK (role IN ('hq', 'owner', 'staff')),
    password_hash text        NOT NULL,
    created_at    timestamptz NOT NULL
);

CREATE TABLE members.workplace (
    member_id uuid        NOT NULL REFERENCES members.member,
    store_id  uuid        NOT NULL REFERENCES members.store,
    since     timestamptz NOT NULL,
    PRIMARY KEY (member_id, store_id)
);
CREATE INDEX workplace_store ON members.workplace (store_id);

-- One sign-in on one device, and its refresh token. Of the tokens of a session only the hash of the
-- newest is kept: every token is derived from the one before with chain_key, so an older one proves
-- itself by leading to the newest, and shows that somebody uses a copy.
CREATE TABLE members.session (
    session_id   uuid        NOT NULL PRIMARY KEY,
    member_id    uuid        NOT NULL REFERENCES members.member,
    device       text        NOT NULL,
    address      text        NOT NULL,
    started_at   timestamptz NOT NULL,
    generation   bigint      NOT NULL CHECK (generation >= 0),
    token_hash   bytea       NOT NULL,
    chain_key    bytea       NOT NULL,
    refreshed_at timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    ended_at     timestamptz,
    end_reason   text        CHECK (end_reason IN ('signed_out', 'token_reused')),
    CHECK ((ended_at IS NULL) = (end_reason IS NULL))
);
CREATE INDEX session_member ON members.session (member_id, started_at);
CREATE INDEX session_expiry ON members.session (expires_at);

-- Failures to sign in, for one account or from one address: rows, so that all replicas count
-- together. An account's row exists whether or not the account does.
CREATE TABLE members.sign_in_failure (
    kind         text        NOT NULL CHECK (kind IN ('account', 'address')),
    subject      text        NOT NULL,
    failures     integer     NOT NULL CHECK (failures >= 0),
    last_at      timestamptz NOT NULL,
    locked_until timestamptz,
    PRIMARY KEY (kind, subject)
);
CREATE INDEX sign_in_failure_age ON members.sign_in_failure (last_at);

-- +goose Down
DROP TABLE members.sign_in_failure;
DROP TABLE members.session;
DROP TABLE members.workplace;
DROP TABLE members.member;
DROP TABLE members.store;
DROP TABLE members.franchise;
