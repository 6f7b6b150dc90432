-- How often the limits of a store's day were changed. Every order of the day raises the counter beside it, so
-- comparing costs nothing, and no order that was priced before a change is stored after it.
-- +goose Up
ALTER TABLE ordering.pickup_counter
    ADD COLUMN limit_revision integer NOT NULL DEFAULT 0;
-- What replicas read when they start: the days that have limits are few among all days.
CREATE INDEX pickup_counter_limited ON ordering.pickup_counter (lane, store_id, business_date) WHERE limit_revision > 0;
INSERT INTO ordering.pickup_counter (lane, store_id, business_date, last, limit_revision)
SELECT DISTINCT lane, store_id, business_date, 0, 1
FROM ordering.daily_limit
ON CONFLICT (lane, store_id, business_date) DO UPDATE
SET limit_revision = 1;

-- +goose Down
DROP INDEX ordering.pickup_counter_limited;
ALTER TABLE ordering.pickup_counter
    DROP COLUMN limit_revision;
