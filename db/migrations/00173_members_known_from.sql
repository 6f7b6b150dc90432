-- Whether a person is known where an attempt to sign in comes from is asked before every password: however many sessions an account
-- has, few rows are read.
-- +goose Up
CREATE INDEX session_device ON members.session (member_id, device_hash, started_at) WHERE device_hash IS NOT NULL;
CREATE INDEX session_disowned ON members.session (member_id, device_hash, ended_at)
    WHERE end_reason IN ('token_reused', 'ended_by_member', 'ended_by_hq');

-- +goose Down
DROP INDEX members.session_disowned;
DROP INDEX members.session_device;
