-- Who made a link, so that it ends with the account of its maker, and whether an invited owner may take a store from the
-- owner it has. Links that are open keep what they promised. See docs/adr/0028.

-- +goose Up
ALTER TABLE members.link
    ADD COLUMN made_by_id uuid REFERENCES members.member (member_id),
    ADD COLUMN takes_over boolean NOT NULL DEFAULT false;

UPDATE members.link
SET takes_over = true
WHERE kind = 'invitation'
    AND role = 'owner'
    AND used_at IS NULL
    AND revoked_at IS NULL;

CREATE INDEX link_maker ON members.link (made_by_id) WHERE used_at IS NULL AND revoked_at IS NULL;

-- +goose Down
ALTER TABLE members.link
    DROP COLUMN made_by_id,
    DROP COLUMN takes_over;
