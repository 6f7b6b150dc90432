-- Edits of a store's master data at the same time are noticed, and why a store has its status is kept.
-- +goose Up

-- revision grows with every change of the row. status_note is the reason that was given for the status,
-- status_since when it was set; empty where the store never had another.
ALTER TABLE members.store
    ADD COLUMN revision bigint NOT NULL DEFAULT 1,
    ADD COLUMN status_note text NOT NULL DEFAULT '',
    ADD COLUMN status_since timestamptz;

-- +goose Down
ALTER TABLE members.store
    DROP COLUMN status_since,
    DROP COLUMN status_note,
    DROP COLUMN revision;
