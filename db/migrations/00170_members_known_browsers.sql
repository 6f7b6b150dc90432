-- From where a redeemed link was redeemed, and the neighbourhood of a sign-in: by both people are told from strangers.
-- +goose Up

-- network is the /24 or /48 of the address; empty in rows from before.
ALTER TABLE members.session ADD COLUMN network text NOT NULL DEFAULT '';
ALTER TABLE members.link
    ADD COLUMN used_device  bytea,
    ADD COLUMN used_address text NOT NULL DEFAULT '',
    ADD COLUMN used_network text NOT NULL DEFAULT '';

ALTER TABLE members.attempt_limit
    DROP CONSTRAINT attempt_limit_kind_check,
    ADD CONSTRAINT attempt_limit_kind_check CHECK (kind IN (
        'device', 'place', 'account', 'address', 'network', 'neighbours', 'site', 'code', 'pin', 'pin_person', 'pin_device', 'pin_store'
    ));

-- +goose Down
DELETE FROM members.attempt_limit WHERE kind IN ('network', 'neighbours');
ALTER TABLE members.attempt_limit
    DROP CONSTRAINT attempt_limit_kind_check,
    ADD CONSTRAINT attempt_limit_kind_check CHECK (kind IN (
        'device', 'place', 'account', 'address', 'site', 'code', 'pin', 'pin_person', 'pin_device', 'pin_store'
    ));
ALTER TABLE members.link
    DROP COLUMN used_network,
    DROP COLUMN used_address,
    DROP COLUMN used_device;
ALTER TABLE members.session DROP COLUMN network;
