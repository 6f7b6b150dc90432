-- How people come in and go: what is known of them, sign-ups of owners, one-time links, and mail that waits
-- to be sent.
-- +goose Up

-- phone is kept as digits, business_no as its ten digits; both may be empty. search is what people are
-- found by.
ALTER TABLE members.member
    ADD COLUMN state       text        NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'suspended', 'closed')),
    ADD COLUMN state_note  text        NOT NULL DEFAULT '',
    ADD COLUMN state_since timestamptz,
    ADD COLUMN email       text        NOT NULL DEFAULT '',
    ADD COLUMN phone       text        NOT NULL DEFAULT '',
    ADD COLUMN business_no text        NOT NULL DEFAULT '' CHECK (business_no = '' OR business_no ~ '^[0-9]{10}$'),
    ADD COLUMN search      text        NOT NULL GENERATED ALWAYS AS (
        lower(name || E'\n' || login || E'\n' || email || E'\n' || phone || E'\n' || business_no)
    ) STORED;

CREATE INDEX member_by_name ON members.member (name COLLATE "C", member_id);

-- An owner who wants to join. The number that leads the applicant to the answer is kept as its hash.
CREATE TABLE members.application (
    application_id uuid        NOT NULL PRIMARY KEY,
    number_hash    bytea       NOT NULL UNIQUE,
    business_no    text        NOT NULL CHECK (business_no ~ '^[0-9]{10}$'),
    name           text        NOT NULL CHECK (name <> ''),
    phone          text        NOT NULL,
    email          text        NOT NULL,
    store_wish     text        NOT NULL CHECK (store_wish <> ''),
    address        text        NOT NULL,
    state          text        NOT NULL CHECK (state IN ('waiting', 'approved', 'refused')),
    reason         text        NOT NULL DEFAULT '',
    applied_at     timestamptz NOT NULL,
    decided_at     timestamptz,
    decided_by     text        NOT NULL DEFAULT '',
    CHECK ((state = 'waiting') = (decided_at IS NULL))
);
CREATE INDEX application_queue ON members.application (state, applied_at, application_id);
CREATE INDEX application_business ON members.application (business_no);
CREATE INDEX application_recent ON members.application (applied_at);

-- Links that open one door once: an account for somebody who is invited, or a new password. The token in
-- the link is kept as its hash.
CREATE TABLE members.link (
    link_id        uuid        NOT NULL PRIMARY KEY,
    token_hash     bytea       NOT NULL UNIQUE,
    kind           text        NOT NULL CHECK (kind IN ('invitation', 'reset')),
    member_id      uuid        REFERENCES members.member, -- whose password; or who came of the invitation
    role           text        NOT NULL,
    name           text        NOT NULL,
    email          text        NOT NULL,
    phone          text        NOT NULL,
    business_no    text        NOT NULL,
    owner_since    date,                                  -- from when the stores are an owner's
    application_id uuid        REFERENCES members.application,
    made_at        timestamptz NOT NULL,
    made_by        text        NOT NULL,
    expires_at     timestamptz NOT NULL,
    used_at        timestamptz,
    revoked_at     timestamptz
);
CREATE INDEX link_member ON members.link (member_id);
CREATE INDEX link_open ON members.link (expires_at) WHERE used_at IS NULL AND revoked_at IS NULL;
CREATE INDEX link_application ON members.link (application_id) WHERE application_id IS NOT NULL;

CREATE TABLE members.link_store (
    link_id  uuid NOT NULL REFERENCES members.link ON DELETE CASCADE,
    store_id uuid NOT NULL REFERENCES members.store,
    PRIMARY KEY (link_id, store_id)
);
CREATE INDEX link_store_store ON members.link_store (store_id);

-- Mail to be sent, and wishes for a new password that nobody has looked at yet. What is in it is sealed,
-- because it may hold a link, and is gone once it is done.
CREATE TABLE members.mail (
    mail_id    uuid        NOT NULL PRIMARY KEY,
    kind       text        NOT NULL CHECK (kind IN ('message', 'reset_wish')),
    sealed     bytea       NOT NULL,
    queued_at  timestamptz NOT NULL,
    next_at    timestamptz NOT NULL,
    attempts   integer     NOT NULL DEFAULT 0,
    last_error text        NOT NULL DEFAULT '',
    done_at    timestamptz,
    given_up   boolean     NOT NULL DEFAULT false
);
CREATE INDEX mail_waiting ON members.mail (next_at) WHERE done_at IS NULL;

-- +goose Down
DROP TABLE members.mail;
DROP TABLE members.link_store;
DROP TABLE members.link;
DROP TABLE members.application;
DROP INDEX members.member_by_name;
ALTER TABLE members.member
    DROP COLUMN search,
    DROP COLUMN business_no,
    DROP COLUMN phone,
    DROP COLUMN email,
    DROP COLUMN state_since,
    DROP COLUMN state_note,
    DROP COLUMN state;
