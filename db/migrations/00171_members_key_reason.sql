-- Why a key was revoked where nobody did it by hand: its store has another owner.
-- +goose Up
ALTER TABLE members.api_key ADD COLUMN revoked_for text NOT NULL DEFAULT '' CHECK (revoked_for IN ('', 'owner_changed'));

-- +goose Down
ALTER TABLE members.api_key DROP COLUMN revoked_for;
