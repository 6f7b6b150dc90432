-- A store that headquarters paused or closed takes no orders.
-- +goose Up
ALTER TABLE ordering.store
    ADD COLUMN status text NOT NULL DEFAULT 'open';

-- +goose Down
ALTER TABLE ordering.store
    DROP COLUMN status;
