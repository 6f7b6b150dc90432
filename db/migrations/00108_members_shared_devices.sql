-- Shared devices of stores, on which people work by PIN.
-- +goose Up

-- A session with shared_store is a shared device: it is the store's and nobody's, so that whoever set it up
-- can leave. acting_id is who works on it until acting_until, unless they do something before.
ALTER TABLE members.session
    ALTER COLUMN member_id DROP NOT NULL,
    ADD COLUMN device_name  text,
    ADD COLUMN set_up_by    uuid REFERENCES members.member,
    ADD COLUMN lock_seconds integer CHECK (lock_seconds > 0),
    ADD COLUMN acting_until timestamptz,
    ADD CONSTRAINT session_of_person_or_store CHECK (
        CASE WHEN shared_store IS NULL THEN member_id IS NOT NULL AND device_name IS NULL AND acting_id IS NULL
        ELSE member_id IS NULL AND device_name <> '' AND set_up_by IS NOT NULL AND lock_seconds IS NOT NULL END
    ),
    ADD CONSTRAINT session_acting CHECK ((acting_id IS NULL) = (acting_since IS NULL) AND (acting_id IS NULL) = (acting_until IS NULL)),
    DROP CONSTRAINT session_end_reason_check,
    ADD CONSTRAINT session_end_reason_check CHECK (end_reason IN (
        'signed_out', 'token_reused', 'ended_by_member', 'ended_by_hq', 'password_changed', 'ended_by_store'
    ));
CREATE INDEX session_shared ON members.session (shared_store, started_at) WHERE shared_store IS NOT NULL;

-- Nothing was ever stored in it. Of a PIN only the hash is kept, sealed with the program's secret: a hash
-- alone would give four digits away. It ends with the work in the store.
DROP TABLE members.pin;
CREATE TABLE members.pin (
    store_id  uuid        NOT NULL,
    member_id uuid        NOT NULL,
    sealed    bytea       NOT NULL,
    chosen_at timestamptz NOT NULL,
    PRIMARY KEY (store_id, member_id),
    FOREIGN KEY (member_id, store_id) REFERENCES members.workplace (member_id, store_id) ON DELETE CASCADE
);
CREATE INDEX pin_member ON members.pin (member_id);

ALTER TABLE members.attempt_limit
    DROP CONSTRAINT attempt_limit_kind_check,
    ADD CONSTRAINT attempt_limit_kind_check CHECK (kind IN (
        'device', 'place', 'account', 'address', 'site', 'code', 'pin', 'pin_device', 'pin_store'
    ));

-- +goose Down
DELETE FROM members.attempt_limit WHERE kind = 'pin_device';
ALTER TABLE members.attempt_limit
    DROP CONSTRAINT attempt_limit_kind_check,
    ADD CONSTRAINT attempt_limit_kind_check CHECK (kind IN ('device', 'place', 'account', 'address', 'site', 'code', 'pin', 'pin_store'));
DROP TABLE members.pin;
CREATE TABLE members.pin (
    store_id   uuid        NOT NULL,
    member_id  uuid        NOT NULL,
    pin_hash   text        NOT NULL,
    allowed_at timestamptz NOT NULL,
    chosen_at  timestamptz,
    PRIMARY KEY (store_id, member_id),
    FOREIGN KEY (member_id, store_id) REFERENCES members.workplace (member_id, store_id) ON DELETE CASCADE
);
DELETE FROM members.session WHERE shared_store IS NOT NULL;
UPDATE members.session SET end_reason = 'ended_by_hq' WHERE end_reason = 'ended_by_store';
DROP INDEX members.session_shared;
ALTER TABLE members.session
    DROP CONSTRAINT session_end_reason_check,
    ADD CONSTRAINT session_end_reason_check CHECK (end_reason IN (
        'signed_out', 'token_reused', 'ended_by_member', 'ended_by_hq', 'password_changed'
    )),
    DROP CONSTRAINT session_acting,
    DROP CONSTRAINT session_of_person_or_store,
    DROP COLUMN acting_until,
    DROP COLUMN lock_seconds,
    DROP COLUMN set_up_by,
    DROP COLUMN device_name,
    ALTER COLUMN member_id SET NOT NULL;
