package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"maru/internal/demo"
)

// The franchise in which people are looked for is larger than that of the other parts by storesMore, and
// has peoplePerStore: 5,000 stores and 30,000 people where the others have 500.
const (
	storesMore     = 10
	peoplePerStore = 6
	hqLogin        = "hq"
)

// people measures what a page takes on which headquarters looks for people and stores, and an owner sees
// the staff: one request at a time, as the client waits for it. What it takes to connect is left out.
func (b *bench) people(ctx context.Context) error {
	if err := b.pg.clone(ctx, template, work); err != nil {
		return err
	}
	stores := b.o.stores * storesMore
	people := stores * peoplePerStore
	began := time.Now()
	if err := b.pg.exec(ctx, work, crowdSQL(stores, people)...); err != nil {
		return err
	}
	b.say("  %d people and %d stores made in %s", people, stores, time.Since(began).Round(time.Second/10))
	walks, err := b.walks(ctx, stores, people)
	if err != nil {
		return err
	}
	p, err := b.startProgram(ctx, b.o.maru, work)
	if err != nil {
		return err
	}
	defer p.stop()
	return b.rounds(1, func(bool) error { // every walk is some hundred pages
		var session struct {
			AccessToken string `json:"access_token"`
		}
		credentials := map[string]string{"login": hqLogin, "password": demo.Password}
		if err := p.call(ctx, "", http.MethodPost, "/session", credentials, &session); err != nil {
			return err
		}
		for _, w := range walks {
			if err := b.walk(ctx, p, session.AccessToken, w); err != nil {
				return fmt.Errorf("%s: %w", w.name, err)
			}
		}
		return nil
	})
}

// walk is one kind of page with the places it is opened at, in turn.
type walk struct {
	name  string
	paths []string
}

func (b *bench) walk(ctx context.Context, p *program, token string, w walk) error {
	client := &http.Client{Timeout: 30 * time.Second}
	defer client.CloseIdleConnections()
	var took []time.Duration
	warm := time.Now().Add(b.o.warm / 4)
	end := warm.Add(b.o.window / 4) // some hundred pages; there are many walks
	for n := 0; n < len(w.paths) || time.Now().Before(end); n++ {
		lap, err := open(ctx, client, "http://"+p.address+w.paths[n%len(w.paths)], token)
		if err != nil {
			return err
		}
		if n >= len(w.paths) || time.Now().After(warm) {
			took = append(took, lap)
		}
	}
	slices.Sort(took)
	row := b.report.row("people", w.name)
	row.add("p50_ms", milliseconds(took[len(took)/2]))
	row.add("p99_ms", milliseconds(took[(len(took)*99-1)/100]))
	row.add("slowest_ms", milliseconds(took[len(took)-1]))
	return nil
}

// open asks for a page and reads the whole of it.
func open(ctx context.Context, client *http.Client, at, token string) (time.Duration, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return 0, err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	began := time.Now()
	res, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	took := time.Since(began)
	if err != nil {
		return 0, err
	}
	if res.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("%s answers %s: %.300s", at, res.Status, body)
	}
	return took, nil
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// walks are what people do on these pages. Where the answer depends on what is asked for, many things are
// asked for in turn.
func (b *bench) walks(ctx context.Context, stores, people int) ([]walk, error) {
	var members, names []string
	err := b.pg.with(ctx, work, func(conn *pgx.Conn) error {
		rows, err := conn.Query(ctx, `SELECT member_id::text, name FROM members.member ORDER BY name COLLATE "C", member_id`)
		if err != nil {
			return err
		}
		var id, name string
		_, err = pgx.ForEachRow(rows, []any{&id, &name}, func() error {
			members, names = append(members, id), append(names, name)
			return nil
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(members) < people {
		return nil, errors.New("the people are not all there")
	}
	list := func(q ...string) string { return "/hq/members?" + query(q...) }
	spread := func(n int, path func(part int) string) []string {
		paths := make([]string, n)
		for i := range paths {
			paths[i] = path(len(members) * (2*i + 1) / (2 * n))
		}
		return paths
	}
	after := func(at int) string { return list("after", members[at]+"."+names[at]) }
	last := len(members) - 1
	return []walk{
		{"members, first page", []string{"/hq/members"}},
		{"members, pages all over the list", spread(40, after)},
		{"members, last page and back", []string{
			after(max(0, last-20)), list("before", members[last]+"."+names[last]), list("before", members[last/2]+"."+names[last/2]),
		}},
		{"members, search for a whole name", spread(40, func(at int) string { return list("q", names[at]) })},
		{"members, search for a family name", each("q", "김", "이", "박", "최", "정", "구")},
		{"members, search for a syllable", each("q", "민", "서", "지우", "하")},
		{"members, search for a login", spread(40, func(at int) string { return list("q", fmt.Sprintf("person-%05d", at)) })},
		{"members, search for a phone", spread(40, func(at int) string { return list("q", fmt.Sprintf("010-%04d-%04d", at%10000, at*7919%10000)) })},
		{"members, search for the end of a phone", spread(40, func(at int) string { return list("q", fmt.Sprintf("%04d", at*7919%10000)) })},
		{"members, search for a store", spread(40, func(at int) string { return list("q", fmt.Sprintf("거리 %d호점", at%stores+1)) })},
		{"members, search for nobody", each("q", "qqqq", "뷁뷁", "없는 사람", "0299999999")},
		{"members, by role", each("role", "owner", "staff", "manager", "hq")},
		{"members, by state", each("state", "suspended", "closed", "active")},
		{"members, by role, state and name", []string{
			list("q", "김민", "role", "staff", "state", "active"), list("q", "박", "role", "owner", "state", "suspended"), list("q", "이서", "role", "manager", "state", "closed"),
		}},
		{"a member's page", spread(40, func(at int) string { return "/hq/members/" + members[at] })},
		{"sign-ups", []string{"/hq/sign-ups", "/hq/sign-ups?state=approved", "/hq/sign-ups?state=refused"}},
		{"stores with their day", []string{"/hq/stores", "/hq/stores?sort=sales", "/hq/stores?sort=trend"}},
		{"stores, search", []string{"/hq/stores?" + query("q", "거리 123"), "/hq/stores?" + query("q", "부산"), "/hq/stores?" + query("q", "street-00777")}},
		{"home of headquarters", []string{"/hq"}},
		{"audit trail", []string{"/hq/audit", "/hq/audit?" + query("person", "김")}},
		{"staff of a store", spread(40, func(at int) string { return fmt.Sprintf("/s/street-%05d/staff", at%stores+1) })},
		{"home of a store", spread(40, func(at int) string { return fmt.Sprintf("/s/street-%05d", at%stores+1) })},
	}, nil
}

func each(param string, values ...string) []string {
	paths := make([]string, len(values))
	for i, v := range values {
		paths[i] = "/hq/members?" + query(param, v)
	}
	return paths
}

func query(pairs ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	return q.Encode()
}

const (
	families = "김이박최정강조윤장임한오서신권황안송류홍"
	first    = "민서지하도예수주시은현유건준연채다소우나"
	second   = "준서윤우현아은원진율린호희빈솔결찬연영재"
)

// crowdSQL makes the people and stores in the database: through the use cases it would take an hour, most
// of it for passwords. Names are spread as in Korea, a fifth of them Kim; nobody of the crowd can sign in.
func crowdSQL(stores, people int) []string {
	pick := func(letters, of string) string {
		return fmt.Sprintf("substr('%s', 1 + (%s) %% %d, 1)", letters, of, len([]rune(letters)))
	}
	expand := strings.NewReplacer(
		"@stores", fmt.Sprint(stores), "@people", fmt.Sprint(people),
		"@name", fmt.Sprintf("CASE WHEN n %% 5 = 0 THEN '김' WHEN n %% 7 = 0 THEN '이' ELSE %s END || %s || %s",
			pick(families, "n * 7 + n / 11"), pick(first, "n * 13 + n / 20"), pick(second, "n * 3 + n / 400")),
	)
	store := func(n string) string { return "('0190a000-0000-7000-8000-' || lpad(to_hex(" + n + "), 12, '0'))::uuid" }
	member := func(n string) string { return "('0190b000-0000-7000-8000-' || lpad(to_hex(" + n + "), 12, '0'))::uuid" }
	statements := []string{
		`INSERT INTO members.store (store_id, code, name_ko, name_en, region, address, phone, time_zone, cutoff_minutes, opened_at, changed_at, status)
		 SELECT ` + store("n") + `, 'street-' || lpad(n::text, 5, '0'), '거리 ' || n || '호점', 'Street ' || n,
		     (ARRAY['서울', '경기', '부산', '대구', '인천', '광주', '대전', '울산', '강원', '제주'])[1 + n % 10], '중앙로 ' || n || '번길 ' || n % 90 + 1,
		     '02-' || lpad((n % 10000)::text, 4, '0') || '-' || lpad((n * 7919 % 10000)::text, 4, '0'), 'Asia/Seoul', 240,
		     now() - n * interval '3 hours', now(), CASE WHEN n % 40 = 0 THEN 'closed' WHEN n % 25 = 0 THEN 'paused' ELSE 'open' END
		 FROM generate_series(1, @stores) AS n`,
		`INSERT INTO members.member (member_id, login, name, role, password_hash, created_at, state, email, phone, business_no)
		 SELECT ` + member("n") + `, 'person-' || lpad(n::text, 5, '0'), @name,
		     CASE WHEN n <= @stores THEN 'owner' WHEN n % 6 = 1 THEN 'manager' WHEN n % 997 = 0 THEN 'hq_support' ELSE 'staff' END, 'none',
		     now() - n * interval '20 minutes', CASE WHEN n % 30 = 0 THEN 'closed' WHEN n % 50 = 0 THEN 'suspended' ELSE 'active' END,
		     'person' || n || '@example.com', '010' || lpad((n % 10000)::text, 4, '0') || lpad((n * 7919 % 10000)::text, 4, '0'),
		     CASE WHEN n <= @stores THEN lpad((1000000000 + n * 7::bigint)::text, 10, '0') ELSE '' END
		 FROM generate_series(1, @people) AS n`,
		`INSERT INTO members.workplace (member_id, store_id, since)
		 SELECT DISTINCT ON (m, s) ` + member("m") + `, ` + store("s") + `, now() - interval '1 day' * (m % 900)
		 FROM (SELECT n AS m, 1 + (n - 1) % @stores AS s FROM generate_series(1, @people) AS n
		     UNION ALL SELECT n, 1 + (n * 31) % @stores FROM generate_series(1, @people, 7) AS n) AS work
		 WHERE m % 997 <> 0 OR m <= @stores`,
		`INSERT INTO members.ownership (store_id, since, member_id, noted_at, noted_by, applied_at)
		 SELECT ` + store("n") + `, '2024-01-01', ` + member("n") + `, now(), 'bench', now() FROM generate_series(1, @stores) AS n`,
		`INSERT INTO members.session (session_id, member_id, device, address, started_at, generation, token_hash, chain_key, refreshed_at, expires_at, ended_at, end_reason)
		 SELECT gen_random_uuid(), ` + member("n") + `, 'Mozilla/5.0 (Linux; Android 14) Chrome/130', '203.0.113.' || n % 250, now() - k * interval '20 days', 10,
		     decode(md5(n::text || k), 'hex'), decode(md5(k::text || n), 'hex'), now() - k * interval '20 days' - n % 1000 * interval '1 minute',
		     now() + interval '20 days', CASE WHEN k > 1 THEN now() - k * interval '10 days' END, CASE WHEN k > 1 THEN 'signed_out' END
		 FROM generate_series(1, @people) AS n, generate_series(0, 3) AS k`,
		`INSERT INTO members.application (application_id, number_hash, business_no, name, phone, email, store_wish, address, state, reason, applied_at, decided_at, decided_by)
		 SELECT gen_random_uuid(), decode(md5(n::text), 'hex'), lpad((1200000000 + n)::text, 10, '0'), @name, '01012345678', 'wish@example.com', '동네 한 곳', '중앙로 1', state, '',
		     now() - n * interval '1 hour', CASE WHEN state <> 'waiting' THEN now() END, ''
		 FROM generate_series(1, @stores) AS n, LATERAL (SELECT (ARRAY['waiting', 'approved', 'approved', 'refused'])[1 + n % 4] AS state) AS s`,
		`INSERT INTO members.link (link_id, token_hash, kind, role, name, email, phone, business_no, made_at, made_by, expires_at)
		 SELECT gen_random_uuid(), decode(md5('link' || n), 'hex'), 'invitation', 'staff', @name, '', '', '', now(), 'bench', now() + interval '5 days'
		 FROM generate_series(1, @stores / 10) AS n`,
		`INSERT INTO audit.entry (entry_id, source, day, n, at, member_id, actor, actor_role, session_id, address, action, object_kind, object_id, object_name, store_id,
		     note, source_lane, source_pos, hash)
		 SELECT (overlay(lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint - n * 500), 12, '0') PLACING '-' FROM 9 FOR 0)
		         || '-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'bench', current_date, n, now() - n * interval '0.5 second',
		     ` + member("1 + n % @people") + `, '', '', '00000000-0000-0000-0000-000000000000', '203.0.113.9', 'sessions_ended', 'member',
		     ` + member("1 + n * 7 % @people") + `::text, '', ` + store("1 + n % @stores") + `, '', 0, n, ''::bytea
		 FROM generate_series(1, @people * 10) AS n`,
		`INSERT INTO audit.person (member_id, name, last_at) SELECT ` + member("n") + `, @name, now() FROM generate_series(1, @people) AS n`,
		"VACUUM (ANALYZE)",
		"CHECKPOINT",
	}
	for i, sql := range statements {
		statements[i] = expand.Replace(sql)
	}
	return statements
}
