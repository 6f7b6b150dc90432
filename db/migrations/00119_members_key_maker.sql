-- Who made an API key, so that it can be seen whose account is closed or suspended since.
-- +goose Up
ALTER TABLE members.api_key ADD COLUMN created_by_id uuid REFERENCES members.member;

-- +goose Down
ALTER TABLE members.api_key DROP COLUMN created_by_id;
