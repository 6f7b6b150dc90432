// Package config reads the program's settings from environment variables: all of them in one struct,
// all problems reported at once, secrets never printed.
package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"time"

	"maru/internal/platform/mail"
	"maru/internal/platform/postgres"
)

// Config is everything the program can be told. Make one with Load.
type Config struct {
	DatabaseURL         Secret
	Secrets             []Secret // the first signs
	AuditKeys           []Secret // the first binds
	DataDir             string
	Listen              string
	PublicURL           *url.URL // nil where unknown
	SMTP                Secret   // mail server; empty where nothing is mailed
	MailFrom            string
	TrustedProxies      []netip.Prefix
	TimeZone            *time.Location
	Pool                int
	PoolOrdering        int
	LanesPerTransaction int // of ordering; 0: any number
	HashesAtOnce        int
	SessionIdle         int // hours, as the three below
	SessionLife         int
	SessionIdleHQ       int
	SessionLifeHQ       int
	LogLevel            slog.Level
	LogFormat           string // "text", "json", or empty for what suits the output
	ShutdownTimeout     time.Duration
	KeepEvents          int               // days
	Archive             string            // folder; empty: events are dropped without being archived
	Notify              bool              // whether the server passes on LISTEN and NOTIFY
	MetricsToken        Secret            // what /metrics asks for; empty: only this machine is answered
	ContextURLs         map[string]Secret // of contexts whose database is not at DatabaseURL
}

// Secret is a value that is never printed: String, %v and slog show that it is there, and no more.
// string(s) is the value itself.
type Secret string

// String implements fmt.Stringer.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "•••"
}

// GoString implements fmt.GoStringer.
func (s Secret) GoString() string { return s.String() }

// LogValue implements slog.LogValuer.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText keeps the value out of JSON.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Load reads the settings with getenv, os.Getenv in the program. required names the variables that
// must be given. The error lists everything that is wrong, one sentence a line.
func Load(getenv func(string) string, required ...string) (Config, error) {
	c := Config{
		DataDir: "maru-data", Listen: ":8080", Pool: 4, PoolOrdering: 8, HashesAtOnce: 2, Notify: true, KeepEvents: 14, SessionIdle: 30 * 24, SessionLife: 90 * 24, SessionIdleHQ: 24, SessionLifeHQ: 7 * 24,
		ShutdownTimeout: 20 * time.Second, ContextURLs: make(map[string]Secret),
	}
	var problems []error
	for _, o := range Options {
		value, err := o.read(getenv)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		if value == "" {
			continue
		}
		if err := o.set(&c, value); err != nil {
			problems = append(problems, fmt.Errorf("%s %w", o.Name, err))
		}
	}
	for _, name := range required {
		if o, ok := find(name); ok && !o.given(getenv) {
			problems = append(problems, fmt.Errorf("%s is missing. %s", name, o.Meaning))
		}
	}
	if err := c.checkMail(); err != nil {
		problems = append(problems, err)
	}
	if c.TimeZone == nil {
		seoul, err := time.LoadLocation("Asia/Seoul")
		if err != nil {
			problems = append(problems, fmt.Errorf("MARU_TIME_ZONE: this machine knows no time zones: %w", err))
		}
		c.TimeZone = seoul
	}
	if len(problems) > 0 {
		return Config{}, fmt.Errorf("the configuration is not right:\n%w", errors.Join(problems...))
	}
	return c, nil
}

// checkMail says what is missing where a mail server is named.
func (c *Config) checkMail() error {
	if c.SMTP == "" {
		return nil
	}
	if c.PublicURL == nil {
		return errors.New("MARU_SMTP needs MARU_PUBLIC_URL: mail must say where its links lead")
	}
	if _, err := mail.New(string(c.SMTP), c.MailFrom); err != nil {
		return fmt.Errorf("MARU_SMTP and MARU_MAIL_FROM: %w", err)
	}
	return nil
}

func find(name string) (Option, bool) {
	for _, o := range Options {
		if o.Name == name {
			return o, true
		}
	}
	panic("config: no option is called " + name)
}

func (o Option) given(getenv func(string) string) bool {
	return strings.TrimSpace(getenv(o.Name)) != "" || o.Secret && getenv(o.Name+"_FILE") != ""
}

// read returns the variable, or what is in the file that NAME_FILE names.
func (o Option) read(getenv func(string) string) (string, error) {
	value := strings.TrimSpace(getenv(o.Name))
	if !o.Secret {
		return value, nil
	}
	file := getenv(o.Name + "_FILE")
	switch {
	case file == "":
		return value, nil
	case value != "":
		return "", fmt.Errorf("%s and %s_FILE are both given. Give one of them", o.Name, o.Name)
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("%s_FILE cannot be read: %w", o.Name, err)
	}
	if value = strings.TrimSpace(string(content)); value == "" {
		return "", fmt.Errorf("%s_FILE names an empty file", o.Name)
	}
	return value, nil
}

// Databases returns where the contexts' databases are. Those without an address of their own are at
// otherwise: DatabaseURL, or the embedded server.
func (c Config) Databases(otherwise Secret) postgres.Config {
	cfg := postgres.Config{URLs: map[string]string{}, MaxConns: map[string]int32{}}
	for _, name := range postgres.Contexts {
		cfg.URLs[name] = string(otherwise)
		if own, ok := c.ContextURLs[name]; ok {
			cfg.URLs[name] = string(own)
		}
		cfg.MaxConns[name] = int32(c.Pool) //nolint:gosec // at most 200
	}
	cfg.MaxConns["ordering"] = int32(c.PoolOrdering) //nolint:gosec // at most 200
	return cfg
}

// SigningSecrets returns the secrets in the form that auth.NewTokens takes.
func (c Config) SigningSecrets() [][]byte {
	out := make([][]byte, len(c.Secrets))
	for i, s := range c.Secrets {
		out[i] = []byte(s)
	}
	return out
}

// Trusts reports whether the address is one of the reverse proxies in front.
func (c Config) Trusts(address netip.Addr) bool {
	for _, network := range c.TrustedProxies {
		if network.Contains(address.Unmap()) {
			return true
		}
	}
	return false
}
