-- Why an import changes the status of stores.
-- +goose Up
ALTER TABLE members.store_list ADD COLUMN reason text NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE members.store_list DROP COLUMN reason;
