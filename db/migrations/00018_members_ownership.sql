-- Whose a store was and is.
-- +goose Up

-- Who owned a store from which business date, until the date before until_day or, where that is empty,
-- until further notice. Periods of one store never overlap. applied_at is when the owner was let into
-- the store; empty while the day has not come.
CREATE TABLE members.ownership (
    store_id   uuid        NOT NULL REFERENCES members.store,
    since      date        NOT NULL,
    until_day  date        CHECK (until_day > since),
    member_id  uuid        NOT NULL REFERENCES members.member,
    noted_at   timestamptz NOT NULL,
    noted_by   text        NOT NULL,
    applied_at timestamptz,
    PRIMARY KEY (store_id, since)
);
CREATE INDEX ownership_member ON members.ownership (member_id, store_id);
CREATE INDEX ownership_planned ON members.ownership (since) WHERE applied_at IS NULL;

-- Of owners who were there before, the first of each store is its owner.
INSERT INTO members.ownership (store_id, since, member_id, noted_at, noted_by, applied_at)
SELECT DISTINCT ON (workplace.store_id)
    workplace.store_id, (workplace.since AT TIME ZONE store.time_zone)::date, workplace.member_id, workplace.since, '', workplace.since
FROM members.workplace
JOIN members.member ON member.member_id = workplace.member_id AND member.role = 'owner'
JOIN members.store ON store.store_id = workplace.store_id
ORDER BY workplace.store_id, workplace.since, workplace.member_id;

-- +goose Down
DROP TABLE members.ownership;
