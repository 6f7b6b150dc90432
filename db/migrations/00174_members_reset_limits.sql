-- Wishes for a link for a new password are counted by where they come from (docs/adr/0022).

-- +goose Up
ALTER TABLE members.attempt_limit
    DROP CONSTRAINT attempt_limit_kind_check,
    ADD CONSTRAINT attempt_limit_kind_check CHECK (kind IN (
        'device', 'place', 'account', 'address', 'network', 'neighbours', 'site', 'code', 'pin', 'pin_person', 'pin_device', 'pin_store',
        'reset_address', 'reset_network', 'reset_site'
    ));

-- +goose Down
DELETE FROM members.attempt_limit WHERE kind IN ('reset_address', 'reset_network', 'reset_site');
ALTER TABLE members.attempt_limit
    DROP CONSTRAINT attempt_limit_kind_check,
    ADD CONSTRAINT attempt_limit_kind_check CHECK (kind IN (
        'device', 'place', 'account', 'address', 'network', 'neighbours', 'site', 'code', 'pin', 'pin_person', 'pin_device', 'pin_store'
    ));
