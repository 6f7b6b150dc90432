-- Whether a session was begun with a passkey, which proves two things at once: the device and its owner.

-- +goose Up
ALTER TABLE members.session ADD COLUMN by_passkey boolean NOT NULL DEFAULT false;

-- +goose Down
ALTER TABLE members.session DROP COLUMN by_passkey;
