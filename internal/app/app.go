// Package app puts the program together: databases, contexts, what they subscribe to, the dispatcher
// and the site. It is the one list of everything Maru is made of; the commands in package cli run it.
package app

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"maru/internal/audit"
	"maru/internal/catalog"
	"maru/internal/imports"
	"maru/internal/inventory"
	"maru/internal/members"
	"maru/internal/ordering"
	"maru/internal/platform/auth"
	"maru/internal/platform/failpoint"
	"maru/internal/platform/outbox"
	"maru/internal/platform/postgres"
	"maru/internal/stats"
	"maru/web/auditweb"
	"maru/web/catalogweb"
	"maru/web/inventoryweb"
	"maru/web/membersweb"
	"maru/web/opsweb"
	"maru/web/orderingweb"
	"maru/web/statsweb"
	"maru/web/webkit"
	"maru/web/webkit/apikit"
)

// Options is what differs between a server, the demo and a test.
type Options struct {
	Databases postgres.Config
	// Secrets sign access tokens; the first signs, all are accepted.
	Secrets [][]byte
	// AuditKey makes the hashes of the audit trail; empty: anybody who can write them all anew could.
	AuditKey []byte
	// HashesAtOnce bounds how many passwords are checked at a time.
	HashesAtOnce int
	// Sessions says how long people stay signed in; members.DefaultSessionLimits where it is zero.
	Sessions members.SessionLimits
	Log      *slog.Logger
	Now      func() time.Time // nil: the machine's
	Web      WebOptions
	// LanesPerTransaction bounds the lanes of orders that are committed together; 0: any number.
	LanesPerTransaction int
	// KeepEvents is how long days of the outboxes are kept that every subscription is past; zero keeps
	// them for ever. Archive is the folder to which they are written before; empty: they are not.
	KeepEvents time.Duration
	Archive    string
	Mail       MailOptions
	// Outbox tunes the dispatcher; tests use it.
	Outbox []outbox.Option
}

// MailOptions is how mail leaves the program. Without a mailer, links are shown and not mailed.
type MailOptions struct {
	Mailer members.Mailer
	Site   string // address under which people reach the program, for links
}

// WebOptions is how the site meets the world.
type WebOptions struct {
	Zone          *time.Location
	IPExtractor   echo.IPExtractor
	Secure        func(*http.Request) bool // whether the person came over TLS
	Insecure      bool                     // people do not reach the site over TLS: no HSTS
	MetricsToken  string
	Proxied       bool                     // the settings name a proxy in front: /metrics wants its token then, wherever it is asked from
	DemoAccounts  []membersweb.DemoAccount // shown on the sign-in page; only the demo has any
	Public        *url.URL                 // where people reach the site; nil where unknown
	Version       string
	ShutdownGrace time.Duration // how long open requests may take; 20 s where zero
}

// App is the program, opened on migrated databases and not yet running.
type App struct {
	Databases *postgres.Databases
	Members   *members.Service
	Catalog   *catalog.Service
	Ordering  *ordering.Service
	Inventory *inventory.Service
	Stats     *stats.Service
	Audit     *audit.Service

	Dispatcher *outbox.Dispatcher
	Site       *webkit.Site
	Metrics    *prometheus.Registry

	log   *slog.Logger
	grace time.Duration

	databases  postgres.Config
	keepEvents time.Duration
	archive    string
	airbags    *prometheus.GaugeVec // rows in default partitions
}

// Open connects to the databases and builds every context and page. Close it.
func Open(ctx context.Context, o Options) (*App, error) {
	if o.Now == nil {
		o.Now = failpoint.Now
	}
	if o.Web.ShutdownGrace == 0 {
		o.Web.ShutdownGrace = 20 * time.Second
	}
	tokens, err := auth.NewTokens(o.Secrets, o.Now)
	if err != nil {
		return nil, fmt.Errorf("signing secrets: %w", err)
	}
	dbs, err := postgres.Open(ctx, o.Databases)
	if err != nil {
		return nil, err
	}
	passwords := auth.NewPasswords(auth.DefaultArgon, max(o.HashesAtOnce, 1))
	a := &App{
		Databases: dbs, log: o.Log, grace: o.Web.ShutdownGrace, Metrics: prometheus.NewRegistry(),
		Members:   members.New(dbs.Context("members"), tokens, passwords, o.Now),
		Catalog:   catalog.New(dbs.Context("catalog"), o.Now),
		Ordering:  ordering.New(dbs.Context("ordering"), o.Now, ordering.LanesPerTransaction(o.LanesPerTransaction)),
		Inventory: inventory.New(dbs.Context("inventory"), o.Now),
		Stats:     stats.New(dbs.Context("stats")),
		Audit:     audit.New(dbs.Context("audit"), audit.NewKey(o.AuditKey), o.Now),
	}
	a.databases, a.keepEvents, a.archive = o.Databases, o.KeepEvents, o.Archive
	a.airbags = prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "maru_default_partition_rows", Help: "Rows in default partitions, up to 100,000: any are a partition that was not made ahead.",
	}, []string{"context", "table"})
	a.Members.LogProofs(o.Log)
	if o.Mail.Mailer != nil {
		a.Members.SendMailBy(o.Mail.Mailer, o.Mail.Site)
	}
	if o.Sessions != (members.SessionLimits{}) {
		a.Members.LimitSessions(o.Sessions)
	}
	a.buildSite(o)
	var subs outbox.Subscriptions
	a.Members.Subscribe(&subs)
	a.Catalog.Subscribe(&subs)
	a.Ordering.Subscribe(&subs)
	a.Inventory.Subscribe(&subs)
	a.Stats.Subscribe(&subs)
	a.Audit.Subscribe(&subs)
	a.Dispatcher = outbox.NewDispatcher(dbs, &subs, o.Log, append(o.Outbox, outbox.WithLanes("ordering", o.LanesPerTransaction))...)
	a.Ordering.Beside(a.Dispatcher.InCompany)
	a.buildOperations(o)
	a.Metrics.MustRegister(a.Dispatcher, a.airbags, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return a, nil
}

// buildSite registers every page and every operation of the JSON API. Pages watch their contexts, so
// it comes before the subscriptions.
func (a *App) buildSite(o Options) {
	sessions := membersweb.NewSessions(a.Members, o.Web.Secure)
	a.Site = webkit.New(webkit.Options{
		Log: o.Log, Sessions: sessions, Stores: a.Members, Franchises: a.Members, Now: o.Now,
		Zone: o.Web.Zone, IPExtractor: o.Web.IPExtractor, Insecure: o.Web.Insecure,
		Key: auth.DerivedKey(o.Secrets[0], "pages"),
	})
	api := apikit.New(o.Log, o.Web.Version)
	from := statsweb.Sources{Stats: a.Stats, Stores: a.Members, Queue: a.Ordering, Stock: a.Inventory}

	membersweb.Register(a.Site, a.Members, sessions, o.Web.DemoAccounts, o.Web.Public)
	membersweb.RegisterStoreImports(a.Site, a.Members, imports.ReadStores)
	membersweb.RegisterAPI(api, a.Members, o.Now)
	orderingweb.Register(a.Site, a.Ordering)
	orderingweb.RegisterAPI(api, a.Ordering)
	inventoryweb.Register(a.Site, a.Inventory)
	inventoryweb.RegisterAPI(api, a.Inventory)
	catalogweb.Register(a.Site, a.Catalog)
	catalogweb.RegisterAPI(api, a.Catalog)
	statsweb.Register(a.Site, from)
	statsweb.RegisterAPI(api, from)
	api.Mount(a.Site.Router())
	auditweb.Register(a.Site, a.Audit, a.Members)
	opsweb.Register(a.Site, opsweb.Probes{Ready: a.ready, Metrics: a.Metrics, MetricsToken: o.Web.MetricsToken, Proxied: o.Web.Proxied, Log: o.Log})
}

// buildOperations adds the page of the events, and the age of what ordering sells by to the figures.
func (a *App) buildOperations(o Options) {
	opsweb.RegisterOperations(a.Site, opsweb.Operations{
		Events: a.Dispatcher, Ready: a.ready, Version: o.Web.Version, Started: o.Now(),
		Memory: func() opsweb.Memory { return opsweb.Memory(a.Ordering.Memory()) },
	})
	age := func(name, help string, of func(ordering.Memory) time.Time) {
		a.Metrics.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 {
			if t := of(a.Ordering.Memory()); !t.IsZero() {
				return o.Now().Sub(t).Seconds()
			}
			return math.NaN()
		}))
	}
	age("maru_ordering_menu_age_seconds", "Time since this replica took the menu it sells by into memory; NaN before.",
		func(m ordering.Memory) time.Time { return m.Loaded })
	age("maru_ordering_heard_age_seconds", "Time since this replica last heard of a change of menu, stores or availability; NaN before.",
		func(m ordering.Memory) time.Time { return m.Heard })
	a.Metrics.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "maru_ordering_menu_version", Help: "Version of the menu that this replica sells by; 0 where there is none.",
	}, func() float64 { return float64(a.Ordering.Memory().Menu) }))
}

// Close closes the pools. Call it after Run has returned.
func (a *App) Close() { a.Databases.Close() }

// Needed are the contexts without which nothing can be served: who somebody is and what a store sells.
// Any other's database may be away, also when a replica starts: its pages fail, orders go on, and what
// it has to hear of them waits in the outbox.
var Needed = []string{"members", "ordering"}

// ready reports whether this replica can serve: the databases it needs answer and its memory is filled.
func (a *App) ready(ctx context.Context) error {
	for _, name := range Needed {
		if err := a.Databases.Context(name).Ping(ctx); err != nil {
			return fmt.Errorf("database of %s: %w", name, err)
		}
	}
	return a.Dispatcher.Serving(ctx)
}
