-- What audit keeps about subscriptions in trouble. The shape is the same in every context; see
-- internal/platform/outbox.

-- +goose Up

-- source is the producer, so that it is known whose events a cursor still needs after the program has
-- forgotten the subscription; older programs leave it empty. A lane is refused while refused_pos equals
-- pos: its cursor was found ahead of the head, which then stood at refused_head.
ALTER TABLE audit.outbox_cursor
    ADD COLUMN source text,
    ADD COLUMN refused_pos bigint,
    ADD COLUMN refused_head bigint,
    ADD COLUMN refused_at timestamptz;

-- What a process was about to do when it was last heard of: the first batch of a lane (pos 0, up to
-- upto), or one event alone, for the attempts-th time. It goes when the effects are committed, so one
-- that is found by another run is of a process that died, or that gave up.
CREATE TABLE audit.outbox_mark (
    lane         smallint    NOT NULL,
    subscription text        NOT NULL,
    upto         bigint      NOT NULL,
    pos          bigint      NOT NULL,
    attempts     int         NOT NULL,
    run          text        NOT NULL,
    at           timestamptz NOT NULL,
    PRIMARY KEY (lane, subscription)
);

-- +goose Down
DROP TABLE audit.outbox_mark;
ALTER TABLE audit.outbox_cursor
    DROP COLUMN source,
    DROP COLUMN refused_pos,
    DROP COLUMN refused_head,
    DROP COLUMN refused_at;
