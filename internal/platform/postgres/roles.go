package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Every context works as a role of its own that may touch its own schema only, so that a query on a
// foreign table fails even where sqlc did not see it. The role guards against mistakes: the login
// behind it could change back. Logins of their own per context (MARU_DB_<CTX>) make it a wall.

func roleOf(name string) string { return "maru_" + name }

// becomeRole makes the session work as the context's role. It reports false, and changes nothing,
// where the role is missing, was not granted to this login, or may not use the schema.
func becomeRole(ctx context.Context, conn *pgx.Conn, name string) (bool, error) {
	var ok bool
	err := conn.QueryRow(ctx, `
		SELECT COALESCE((
			SELECT CASE
				WHEN NOT pg_has_role(current_user, r.oid, 'MEMBER') THEN false
				WHEN n.oid IS NULL THEN false
				WHEN NOT has_schema_privilege(r.oid, n.oid, 'USAGE') THEN false
				ELSE true
			END
			FROM pg_roles r
			LEFT JOIN pg_namespace n ON n.nspname = $2
			WHERE r.rolname = $1
		), false)`, roleOf(name), name).Scan(&ok)
	if err != nil || !ok {
		return false, err
	}
	_, err = conn.Exec(ctx, "SET ROLE "+pgx.Identifier{roleOf(name)}.Sanitize())
	if hasCode(err, "42501") { // from PostgreSQL 16 on one can be a member without the right to SET ROLE
		return false, nil
	}
	return err == nil, err
}

// ensureRole creates the context's role and grants it to this login. It reports false when the login
// may not do that. Roles belong to the whole server, so another database's migration may be doing
// the same at this moment.
func ensureRole(ctx context.Context, conn *pgx.Conn, name string) (bool, error) {
	role := pgx.Identifier{roleOf(name)}.Sanitize()
	var exists, superuser bool
	err := conn.QueryRow(ctx, `
		SELECT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = $1),
			(SELECT rolsuper FROM pg_roles WHERE rolname = current_user)`, roleOf(name)).Scan(&exists, &superuser)
	if err != nil {
		return false, err
	}
	if !exists {
		_, err := conn.Exec(ctx, "CREATE ROLE "+role+" NOLOGIN")
		if hasCode(err, "42501") {
			return false, nil
		}
		if err != nil && !hasCode(err, "42710", "23505") {
			return false, fmt.Errorf("create role %s: %w", roleOf(name), err)
		}
	}
	if superuser {
		return true, nil
	}
	err = retryConcurrentUpdate(ctx, func() error {
		_, err := conn.Exec(ctx, "GRANT "+role+" TO CURRENT_USER")
		return err
	})
	if hasCode(err, "42501") {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("grant role %s: %w", roleOf(name), err)
	}
	return true, nil
}

// grantSchema lets the context's role read and write the tables of its schema, those of later
// migrations and partitions included. It may not create or drop any.
func grantSchema(ctx context.Context, conn *pgx.Conn, name string) error {
	schema, role := pgx.Identifier{name}.Sanitize(), pgx.Identifier{roleOf(name)}.Sanitize()
	for _, sql := range []string{
		"GRANT USAGE ON SCHEMA " + schema + " TO " + role,
		"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA " + schema + " TO " + role,
		"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA " + schema + " TO " + role,
		"ALTER DEFAULT PRIVILEGES IN SCHEMA " + schema + " GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO " + role,
		"ALTER DEFAULT PRIVILEGES IN SCHEMA " + schema + " GRANT USAGE, SELECT ON SEQUENCES TO " + role,
	} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return fmt.Errorf("%s: %w", sql, err)
		}
	}
	return nil
}

// retryConcurrentUpdate repeats fn while the server answers "tuple concurrently updated", which is
// how two sessions that change the same role at once meet.
func retryConcurrentUpdate(ctx context.Context, fn func() error) error {
	for attempt := 1; ; attempt++ {
		err := fn()
		if !hasCode(err, "XX000") || attempt == 20 {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(time.Duration(attempt) * 5 * time.Millisecond):
		}
	}
}

func hasCode(err error, codes ...string) bool {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return false
	}
	for _, code := range codes {
		if pg.Code == code {
			return true
		}
	}
	return false
}
