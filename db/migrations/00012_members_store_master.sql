-- What else headquarters keeps of a store: whether it takes orders, and when it is open.
-- +goose Up

-- hours is an array of seven days from Sunday, each {"opens": minutes, "closes": minutes} after midnight;
-- equal minutes are a day off, a smaller "closes" is after the next midnight.
ALTER TABLE members.store
    ADD COLUMN status text NOT NULL DEFAULT 'open' CHECK (status IN ('preparing', 'open', 'paused', 'closed')),
    ADD COLUMN hours jsonb NOT NULL DEFAULT '[]';

CREATE INDEX store_by_name ON members.store (name_ko COLLATE "C", store_id);

-- +goose Down
DROP INDEX members.store_by_name;
ALTER TABLE members.store
    DROP COLUMN hours,
    DROP COLUMN status;
