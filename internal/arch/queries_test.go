package arch

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// statement is one named query of sqlc.
type statement struct {
	context string // the folder below db/queries
	name    string
	sql     string // without comments, upper case, one space between words
}

var (
	queryName = regexp.MustCompile(`(?m)^-- name: (\w+) :\w+.*$`)
	comment   = regexp.MustCompile(`--[^\n]*|/\*(?s:.*?)\*/`)
	literal   = regexp.MustCompile(`'(?:[^']|'')*'`)
	space     = regexp.MustCompile(`\s+`)

	volatile       = regexp.MustCompile(`\b(NOW|RANDOM|GEN_RANDOM_UUID|UUIDV4|UUIDV7|CLOCK_TIMESTAMP|STATEMENT_TIMESTAMP|TRANSACTION_TIMESTAMP|TIMEOFDAY|NEXTVAL|SETVAL) ?\(|\b(CURRENT_TIMESTAMP|CURRENT_DATE|CURRENT_TIME|LOCALTIME|LOCALTIMESTAMP)\b`)
	laneCondition  = regexp.MustCompile(`\bLANE ?(=|IN ?\()`)
	laneOnInsert   = regexp.MustCompile(`^(WITH .*)?INSERT INTO [\w.]+( AS \w+)? ?\( ?([^)]*, ?)?LANE\b`)
	rowLock        = regexp.MustCompile(`\bFOR (NO KEY UPDATE|UPDATE|SHARE|KEY SHARE)\b`)
	merge          = regexp.MustCompile(`\bMERGE INTO\b`)
	onConstraint   = regexp.MustCompile(`\bON CONSTRAINT\b`)
	valuesSubquery = regexp.MustCompile(`\bVALUES ?\([^;]*\( ?SELECT\b`)
	returning      = regexp.MustCompile(`\bRETURNING (.*)$`)
	plainColumns   = regexp.MustCompile(`^[\w., ]+$`)
	copiedCursor   = regexp.MustCompile(`\b(XMIN|XID8|TXID_\w+|PG_CURRENT_\w+|PG_SNAPSHOT_\w+)\b`)
)

// brokenRules says what is wrong with a statement; the rules are those of SQL that runs unchanged on
// plain PostgreSQL and on one that is distributed by lane.
func brokenRules(s statement) []string {
	var broken []string
	forbid := func(is bool, rule string) {
		if is {
			broken = append(broken, rule)
		}
	}
	forbid(volatile.MatchString(s.sql), "moments, ids and chance are passed as parameters")
	forbid(merge.MatchString(s.sql), "no MERGE")
	forbid(onConstraint.MatchString(s.sql), "no constraint names")
	forbid(valuesSubquery.MatchString(s.sql), "no subselect in VALUES")
	forbid(copiedCursor.MatchString(s.sql), "no transaction numbers")
	if m := returning.FindStringSubmatch(s.sql); m != nil && s.context == "ordering" {
		forbid(!plainColumns.MatchString(strings.TrimSuffix(strings.TrimSpace(m[1]), ";")), "in ordering RETURNING lists plain columns")
	}
	if s.context == "ordering" {
		lane := laneCondition.MatchString(s.sql)
		forbid(!lane && !laneOnInsert.MatchString(s.sql), "in ordering every statement names its lane")
		forbid(!lane && rowLock.MatchString(s.sql), "in ordering rows are locked within one lane")
	}
	return broken
}

// statements cuts a file of queries into its named statements.
func statements(context, file string) []statement {
	var all []statement
	names := queryName.FindAllStringSubmatchIndex(file, -1)
	for i, at := range names {
		end := len(file)
		if i+1 < len(names) {
			end = names[i+1][0]
		}
		sql := comment.ReplaceAllString(file[at[1]:end], " ")
		sql = literal.ReplaceAllString(sql, "''")
		sql = strings.ToUpper(strings.TrimSpace(space.ReplaceAllString(sql, " ")))
		all = append(all, statement{context: context, name: file[at[2]:at[3]], sql: sql})
	}
	return all
}

func TestQueriesKeepTheRules(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../db/queries/*/*.sql")
	if err != nil || len(files) < fewestContexts {
		t.Fatalf("found only %d files of queries: %v", len(files), err)
	}
	for _, path := range files {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range statements(filepath.Base(filepath.Dir(path)), string(b)) {
			for _, rule := range brokenRules(s) {
				t.Errorf("%s/%s, %s: %s", s.context, filepath.Base(path), s.name, rule)
			}
		}
	}
}

func TestTheRulesOfQueriesCanFail(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ context, sql, rule string }{
		"now in SET":         {"stats", "UPDATE stats.store SET at = now() WHERE id = @id", "parameters"},
		"now in DO UPDATE":   {"stats", "INSERT INTO stats.s (id) VALUES (@id) ON CONFLICT (id) DO UPDATE SET at = CURRENT_TIMESTAMP", "parameters"},
		"random":             {"stats", "UPDATE stats.store SET n = random ()", "parameters"},
		"an id by the base":  {"members", "INSERT INTO members.m (id) VALUES (gen_random_uuid())", "parameters"},
		"merge":              {"stats", "MERGE INTO stats.s USING stats.t ON true WHEN MATCHED THEN DELETE", "MERGE"},
		"constraint name":    {"stats", "INSERT INTO stats.s (id) VALUES (@id) ON CONFLICT ON CONSTRAINT s_pkey DO NOTHING", "constraint names"},
		"subselect":          {"stats", "INSERT INTO stats.s (id, n) VALUES (@id, (SELECT max(n) FROM stats.s))", "subselect"},
		"returned sum":       {"ordering", "UPDATE ordering.s SET n = n + 1 WHERE lane = @lane RETURNING n * 2", "RETURNING"},
		"xmin":               {"stats", "SELECT id FROM stats.s WHERE xmin = @x", "transaction numbers"},
		"no lane":            {"ordering", "SELECT order_id FROM ordering.orders WHERE order_id = @order_id", "names its lane"},
		"lane only selected": {"ordering", "SELECT lane FROM ordering.orders WHERE order_id = @order_id", "names its lane"},
		"insert, no lane":    {"ordering", "INSERT INTO ordering.orders (order_id) VALUES (@order_id)", "names its lane"},
		"lock, no lane":      {"ordering", "SELECT order_id FROM ordering.orders FOR UPDATE SKIP LOCKED", "locked within one lane"},
		"lane in a comment":  {"ordering", "SELECT order_id FROM ordering.orders -- lane = @lane", "names its lane"},
	} {
		all := statements(c.context, "-- name: Planted :exec\n"+c.sql+";\n")
		if len(all) != 1 {
			t.Fatalf("%s: %d statements", name, len(all))
		}
		if got := strings.Join(brokenRules(all[0]), "; "); !strings.Contains(got, c.rule) {
			t.Errorf("%s: got %q, want a rule about %q", name, got, c.rule)
		}
	}
}

func TestTheRulesOfQueriesLetThroughWhatIsMeant(t *testing.T) {
	t.Parallel()
	file := `
-- name: InsertOrder :exec
INSERT INTO ordering.orders (lane, order_id, at)
VALUES (@lane, @order_id, @at)
ON CONFLICT (lane, order_id) DO NOTHING;

-- name: LockCart :one
SELECT cart_id -- now() is not called here
FROM ordering.cart
WHERE lane = @lane AND cart_id = @cart_id AND note <> 'now() or random()'
FOR UPDATE;

-- name: NextNumber :one
INSERT INTO ordering.pickup_counter AS c (store_id, lane, n)
VALUES (@store_id, @lane, 1)
ON CONFLICT (lane, store_id) DO UPDATE SET n = c.n + 1
RETURNING n;
`
	all := statements("ordering", file)
	if len(all) != 3 {
		t.Fatalf("%d statements", len(all))
	}
	for _, s := range all {
		if broken := brokenRules(s); len(broken) > 0 {
			t.Errorf("%s: %v", s.name, broken)
		}
	}
}
