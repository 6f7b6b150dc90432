-- Lists of stores that were sent to be imported.
-- +goose Up

-- content is the file as it came, layout what its columns mean. A draft is looked at; a running one is imported a few
-- hundred lines at a time, done being how many are; seen holds, by line, the revision of the store that the preview
-- showed, 0 where there was none. counts and refused say how the lines came out.
CREATE TABLE members.store_list (
    list_id     uuid        NOT NULL PRIMARY KEY,
    name        text        NOT NULL,
    content     bytea       NOT NULL,
    layout      jsonb       NOT NULL,
    state       text        NOT NULL CHECK (state IN ('draft', 'running', 'done')),
    made_at     timestamptz NOT NULL,
    made_by     text        NOT NULL,
    seen        jsonb       NOT NULL DEFAULT '[]',
    lines       integer     NOT NULL DEFAULT 0,
    done        integer     NOT NULL DEFAULT 0,
    counts      jsonb       NOT NULL DEFAULT '{}',
    refused     jsonb       NOT NULL DEFAULT '[]',
    finished_at timestamptz
);
CREATE INDEX store_list_made ON members.store_list (made_at);

-- +goose Down
DROP TABLE members.store_list;
