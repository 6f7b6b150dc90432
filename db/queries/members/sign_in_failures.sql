-- name: EnsureFailureRow :exec
INSERT INTO members.sign_in_failure (kind, subject, failures, last_at)
VALUES (@kind, @subject, 0, @now)
ON CONFLICT (kind, subject) DO NOTHING;

-- name: FailureForUpdate :one
SELECT failures, last_at, locked_until
FROM members.sign_in_failure
WHERE kind = @kind
    AND subject = @subject
FOR UPDATE;

-- name: UpdateFailure :exec
UPDATE members.sign_in_failure
SET failures = @failures,
    last_at = @last_at,
    locked_until = @locked_until
WHERE kind = @kind
    AND subject = @subject;

-- name: ForgetFailures :exec
DELETE FROM members.sign_in_failure
WHERE kind = @kind
    AND subject = @subject;

-- name: DeleteOldFailures :execrows
DELETE FROM members.sign_in_failure
WHERE last_at < @before;
