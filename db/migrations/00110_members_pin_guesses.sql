-- Wrong PINs of a person: a budget over all devices of a store, and how many there were since the person last came.
-- +goose Up
ALTER TABLE members.pin ADD COLUMN wrong integer NOT NULL DEFAULT 0;
ALTER TABLE members.attempt_limit
    DROP CONSTRAINT attempt_limit_kind_check,
    ADD CONSTRAINT attempt_limit_kind_check CHECK (kind IN (
        'device', 'place', 'account', 'address', 'site', 'code', 'pin', 'pin_person', 'pin_device', 'pin_store'
    ));

-- +goose Down
DELETE FROM members.attempt_limit WHERE kind = 'pin_person';
ALTER TABLE members.attempt_limit
    DROP CONSTRAINT attempt_limit_kind_check,
    ADD CONSTRAINT attempt_limit_kind_check CHECK (kind IN (
        'device', 'place', 'account', 'address', 'site', 'code', 'pin', 'pin_device', 'pin_store'
    ));
ALTER TABLE members.pin DROP COLUMN wrong;
