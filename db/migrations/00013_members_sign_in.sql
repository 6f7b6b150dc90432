-- Ways to sign in and what guards them: limits on failed attempts, what a session remembers of its
-- device, second factors, passkeys, and the PINs of a register that several people share.

-- +goose Up
DROP TABLE members.sign_in_failure;

-- Failed attempts, by what they are counted for: rows, so that all replicas count together. subject says
-- whose row it is; account is the hash of the login where the row belongs to one, for unlocking. pending
-- are the attempts that are being looked at; after pending_until they count as failed.
CREATE TABLE members.attempt_limit (
    kind          text        NOT NULL CHECK (kind IN ('device', 'place', 'account', 'address', 'site', 'code', 'pin', 'pin_store')),
    subject       text        NOT NULL,
    account       text        NOT NULL,
    failures      integer     NOT NULL CHECK (failures >= 0),
    last_at       timestamptz NOT NULL,
    locked_until  timestamptz,
    pending       integer     NOT NULL CHECK (pending >= 0),
    pending_until timestamptz NOT NULL,
    PRIMARY KEY (kind, subject)
);
CREATE INDEX attempt_limit_age ON members.attempt_limit (last_at);
CREATE INDEX attempt_limit_account ON members.attempt_limit (account) WHERE account <> '';

ALTER TABLE members.member ADD COLUMN password_changed_at timestamptz;

-- device_hash is the hash of the browser's own cookie, by which it is known again. A session with
-- shared_store is the register of that store: acting_id is who works at it now, by PIN.
ALTER TABLE members.session
    ADD COLUMN device_hash  bytea,
    ADD COLUMN shared_store uuid REFERENCES members.store,
    ADD COLUMN acting_id    uuid REFERENCES members.member,
    ADD COLUMN acting_since timestamptz,
    ADD COLUMN noticed_at   timestamptz,
    DROP CONSTRAINT session_end_reason_check,
    ADD CONSTRAINT session_end_reason_check CHECK (end_reason IN (
        'signed_out', 'token_reused', 'ended_by_member', 'ended_by_hq', 'password_changed'
    ));

-- The secret of the app that shows codes. It counts from the moment a first code has proved it;
-- last_step is the newest code that was used: none is good twice.
CREATE TABLE members.totp (
    member_id    uuid        NOT NULL PRIMARY KEY REFERENCES members.member,
    secret       text        NOT NULL CHECK (secret <> ''),
    begun_at     timestamptz NOT NULL,
    confirmed_at timestamptz,
    last_step    bigint      NOT NULL
);

CREATE TABLE members.recovery_code (
    member_id uuid        NOT NULL REFERENCES members.member,
    code_hash bytea       NOT NULL,
    made_at   timestamptz NOT NULL,
    used_at   timestamptz,
    PRIMARY KEY (member_id, code_hash)
);

-- Roles whose people must use a second factor.
CREATE TABLE members.second_factor_rule (
    role     text        NOT NULL PRIMARY KEY,
    since    timestamptz NOT NULL,
    set_by   text        NOT NULL
);

CREATE TABLE members.passkey (
    credential_id bytea       NOT NULL PRIMARY KEY,
    member_id     uuid        NOT NULL REFERENCES members.member,
    name          text        NOT NULL,
    credential    jsonb       NOT NULL,
    added_at      timestamptz NOT NULL,
    used_at       timestamptz
);
CREATE INDEX passkey_member ON members.passkey (member_id, added_at);

-- Challenges that a passkey has answered: none is answered twice.
CREATE TABLE members.spent_challenge (
    challenge_hash bytea       NOT NULL PRIMARY KEY,
    expires_at     timestamptz NOT NULL
);
CREATE INDEX spent_challenge_age ON members.spent_challenge (expires_at);

-- Who may work at the shared register of a store, and by which PIN; pin_hash is empty until it is chosen.
CREATE TABLE members.pin (
    store_id   uuid        NOT NULL,
    member_id  uuid        NOT NULL,
    pin_hash   text        NOT NULL,
    allowed_at timestamptz NOT NULL,
    chosen_at  timestamptz,
    PRIMARY KEY (store_id, member_id),
    FOREIGN KEY (member_id, store_id) REFERENCES members.workplace (member_id, store_id) ON DELETE CASCADE
);

-- +goose Down
DROP TABLE members.pin;
DROP TABLE members.spent_challenge;
DROP TABLE members.passkey;
DROP TABLE members.second_factor_rule;
DROP TABLE members.recovery_code;
DROP TABLE members.totp;
DELETE FROM members.session WHERE shared_store IS NOT NULL;
UPDATE members.session SET end_reason = 'signed_out' WHERE end_reason IN ('ended_by_member', 'ended_by_hq', 'password_changed');
ALTER TABLE members.session
    DROP CONSTRAINT session_end_reason_check,
    ADD CONSTRAINT session_end_reason_check CHECK (end_reason IN ('signed_out', 'token_reused')),
    DROP COLUMN noticed_at,
    DROP COLUMN acting_since,
    DROP COLUMN acting_id,
    DROP COLUMN shared_store,
    DROP COLUMN device_hash;
ALTER TABLE members.member DROP COLUMN password_changed_at;
DROP TABLE members.attempt_limit;
CREATE TABLE members.sign_in_failure (
    kind         text        NOT NULL CHECK (kind IN ('account', 'address')),
    subject      text        NOT NULL,
    failures     integer     NOT NULL CHECK (failures >= 0),
    last_at      timestamptz NOT NULL,
    locked_until timestamptz,
    PRIMARY KEY (kind, subject)
);
CREATE INDEX sign_in_failure_age ON members.sign_in_failure (last_at);
