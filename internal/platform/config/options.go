package config

import (
	"fmt"
	"strings"

	"maru/internal/platform/postgres"
)

// Option is one environment variable the program reads.
type Option struct {
	Name    string
	Default string // as shown; empty where there is none
	Meaning string
	Secret  bool // masked when printed; NAME_FILE names a file that holds it

	set func(*Config, string) error
}

// Options lists every variable, in the order of the documentation.
var Options = options()

func options() []Option {
	all := []Option{
		{
			Name: "DATABASE_URL", Secret: true,
			Meaning: "PostgreSQL (15 or newer) of all contexts, as postgres://user@host:5432/maru; of several hosts (host1:5432,host2:5432) the one that takes writes. Without it, commands that may do so run their own PostgreSQL.",
			set:     func(c *Config, v string) error { return databaseURL(v, &c.DatabaseURL) },
		},
	}
	for _, name := range postgres.Contexts {
		all = append(all, Option{
			Name: contextVariable(name), Default: "DATABASE_URL", Secret: true,
			Meaning: "Database of the context " + name + ", where it has one of its own.",
			set: func(c *Config, v string) error {
				var url Secret
				if err := databaseURL(v, &url); err != nil {
					return err
				}
				c.ContextURLs[name] = url
				return nil
			},
		})
	}
	return append(all,
		Option{
			Name: "MARU_SECRET", Secret: true,
			Meaning: "Secrets that sign access tokens and seal the secrets of authenticator apps, at least 32 bytes each, separated by commas. The first is used, all are accepted: put a new one in front, restart every replica, and remove the old one two hours later. Should all be lost, people sign in anew, those with an app by a recovery code.",
			set:     func(c *Config, v string) error { return setKeys(v, &c.Secrets) },
		},
		Option{
			Name: "MARU_DATA", Default: "maru-data",
			Meaning: "Folder of the embedded PostgreSQL, used where there is no DATABASE_URL.",
			set:     func(c *Config, v string) error { return plainText(v, &c.DataDir) },
		},
		Option{
			Name: "MARU_LISTEN", Default: ":8080",
			Meaning: "Address and port to serve HTTP on.",
			set:     setListen,
		},
		Option{
			Name: "MARU_AUDIT_KEY", Secret: true,
			Meaning: "Keys that make the hashes of the audit trail, at least 32 bytes each, separated by commas. The first is used; older ones are needed to verify their days. Without one, whoever can write to the database could make the whole trail anew.",
			set:     func(c *Config, v string) error { return setKeys(v, &c.AuditKeys) },
		},
		Option{
			Name:    "MARU_PUBLIC_URL",
			Meaning: "Address under which people reach the program, as https://maru.example.com. With https, session cookies are always marked secure.",
			set:     setPublicURL,
		},
		Option{
			Name: "MARU_SMTP", Secret: true,
			Meaning: "Mail server that sends invitations and links for new passwords, as smtp://user:password@host:587 (STARTTLS) or smtps://user:password@host:465. Needs MARU_PUBLIC_URL and MARU_MAIL_FROM. Without it, links are shown to be copied and nothing is mailed.",
			set:     func(c *Config, v string) error { return plainText(v, (*string)(&c.SMTP)) },
		},
		Option{
			Name:    "MARU_MAIL_FROM",
			Meaning: "Sender of mail, as maru@example.com or Maru <maru@example.com>.",
			set:     func(c *Config, v string) error { return plainText(v, &c.MailFrom) },
		},
		Option{
			Name:    "MARU_TRUSTED_PROXIES",
			Meaning: "Networks of the reverse proxies in front, as 10.0.0.0/8,192.168.1.5. Only they are believed about the client's address and about https. Without it behind a proxy, all clients share one address and lock each other out.",
			set:     setProxies,
		},
		Option{
			Name: "MARU_TIME_ZONE", Default: "Asia/Seoul",
			Meaning: "Time zone of pages that belong to no store, such as those of headquarters.",
			set:     setTimeZone,
		},
		Option{
			Name: "MARU_POOL", Default: "4",
			Meaning: "Connections of each context's pool, except ordering's.",
			set:     func(c *Config, v string) error { return number(v, 1, 200, &c.Pool) },
		},
		Option{
			Name: "MARU_POOL_ORDERING", Default: "8",
			Meaning: "Connections of ordering's pool. Two to four connections per core of the server are enough for all contexts together.",
			set:     func(c *Config, v string) error { return number(v, 1, 200, &c.PoolOrdering) },
		},
		Option{
			Name: "MARU_LANES_PER_TRANSACTION", Default: "0",
			Meaning: "Of how many lanes the orders may be that are committed together; 0 means any number. Set it to 1 where ordering's database is distributed by lane, so that a transaction stays on one server.",
			set:     func(c *Config, v string) error { return number(v, 0, 256, &c.LanesPerTransaction) },
		},
		Option{
			Name: "MARU_NOTIFY", Default: "on",
			Meaning: "Whether replicas tell each other of new events by LISTEN and NOTIFY: on or off. Switch it off behind a pooler in transaction mode, such as pgbouncer; replicas then look for events four times a second.",
			set:     func(c *Config, v string) error { return onOff(v, &c.Notify) },
		},
		Option{
			Name: "MARU_KEEP_EVENTS", Default: "14",
			Meaning: "Days for which published events are kept after every subscription has applied them; 0 keeps them for ever. Statistics can be rebuilt from events only while all of them are kept.",
			set:     func(c *Config, v string) error { return number(v, 0, 36500, &c.KeepEvents) },
		},
		Option{
			Name:    "MARU_ARCHIVE",
			Meaning: "Folder into which a day of events is written (packed JSON lines, a file for each day and context) before it is dropped. Replicas need the same folder. Without it, nothing is written.",
			set:     func(c *Config, v string) error { return plainText(v, &c.Archive) },
		},
		Option{
			Name: "MARU_HASHES_AT_ONCE", Default: "2",
			Meaning: "Passwords checked at the same time; each takes 19 MiB of memory and a core for a moment. The others wait.",
			set:     func(c *Config, v string) error { return number(v, 1, 64, &c.HashesAtOnce) },
		},
		Option{
			Name: "MARU_SESSION_IDLE", Default: "720",
			Meaning: "Hours for which somebody of a store stays signed in without using it; at most 8760.",
			set:     func(c *Config, v string) error { return number(v, 1, 8760, &c.SessionIdle) },
		},
		Option{
			Name: "MARU_SESSION_LIFE", Default: "2160",
			Meaning: "Hours after which somebody of a store signs in anew, however much it was used.",
			set:     func(c *Config, v string) error { return number(v, 1, 8760, &c.SessionLife) },
		},
		Option{
			Name: "MARU_SESSION_IDLE_HQ", Default: "24",
			Meaning: "The same as MARU_SESSION_IDLE for people of headquarters, whose sessions reach every store.",
			set:     func(c *Config, v string) error { return number(v, 1, 8760, &c.SessionIdleHQ) },
		},
		Option{
			Name: "MARU_SESSION_LIFE_HQ", Default: "168",
			Meaning: "The same as MARU_SESSION_LIFE for people of headquarters.",
			set:     func(c *Config, v string) error { return number(v, 1, 8760, &c.SessionLifeHQ) },
		},
		Option{
			Name: "MARU_LOG_LEVEL", Default: "info",
			Meaning: "Least level that is logged: debug, info, warn or error.",
			set:     setLogLevel,
		},
		Option{
			Name: "MARU_LOG_FORMAT", Default: "text on a terminal, else json",
			Meaning: "Form of log lines: text or json.",
			set:     setLogFormat,
		},
		Option{
			Name: "MARU_METRICS_TOKEN", Secret: true,
			Meaning: "Bearer token that /metrics asks for. Without it, /metrics answers connections from this machine only, and nobody where MARU_TRUSTED_PROXIES or an https MARU_PUBLIC_URL says that a proxy is in front.",
			set:     func(c *Config, v string) error { return plainText(v, (*string)(&c.MetricsToken)) },
		},
		Option{
			Name: "MARU_SHUTDOWN_TIMEOUT", Default: "20s",
			Meaning: "How long open requests may take to finish when the program is stopped.",
			set:     setShutdown,
		},
	)
}

func contextVariable(name string) string { return "MARU_DB_" + strings.ToUpper(name) }

// Markdown writes the options as the table of the README.
func Markdown() string {
	var b strings.Builder
	b.WriteString("| Variable | Default | Meaning |\n|---|---|---|\n")
	for _, o := range Options {
		name, otherwise := "`"+o.Name+"`", ""
		if o.Secret {
			name += " 🔒"
		}
		if o.Default != "" {
			otherwise = "`" + o.Default + "`"
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", name, otherwise, o.Meaning)
	}
	b.WriteString("\nA variable marked 🔒 is a secret: it is masked wherever settings are printed, and `<name>_FILE` may name a file that holds it instead.\n")
	return b.String()
}

// Help writes the options for a terminal.
func Help() string {
	var b strings.Builder
	for _, o := range Options {
		b.WriteString("  " + o.Name)
		if o.Secret {
			b.WriteString("  (secret; or " + o.Name + "_FILE)")
		}
		if o.Default != "" {
			b.WriteString("  (default: " + o.Default + ")")
		}
		b.WriteString("\n" + wrap(o.Meaning, 92, "      "))
	}
	return b.String()
}

func wrap(text string, width int, indent string) string {
	var b strings.Builder
	line := indent
	for _, word := range strings.Fields(text) {
		if len(line) > len(indent) && len(line)+1+len(word) > width {
			b.WriteString(line + "\n")
			line = indent
		}
		if len(line) > len(indent) {
			line += " "
		}
		line += word
	}
	return b.String() + line + "\n"
}
