package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"maru/internal/platform/auth"
)

// The errors below complete a sentence that begins with the variable's name. None quotes a secret.

func databaseURL(value string, into *Secret) error {
	if _, err := pgxpool.ParseConfig(value); err != nil {
		return errors.New("is not a PostgreSQL address. Write it as postgres://user:password@host:5432/database")
	}
	*into = Secret(value)
	return nil
}

// setKeys reads several secrets with commas between them.
func setKeys(value string, into *[]Secret) error {
	for i, s := range strings.Split(value, ",") {
		s = strings.TrimSpace(s)
		if len(s) < auth.MinSecretBytes {
			return fmt.Errorf("is too short: secret %d has %d bytes and needs at least %d. Make one with: openssl rand -base64 48",
				i+1, len(s), auth.MinSecretBytes)
		}
		*into = append(*into, Secret(s))
	}
	return nil
}

func plainText(value string, into *string) error {
	*into = value
	return nil
}

func number(value string, least, most int, into *int) error {
	n, err := strconv.Atoi(value)
	if err != nil || n < least || n > most {
		return fmt.Errorf("is %q. Write a whole number from %d to %d", value, least, most)
	}
	*into = n
	return nil
}

func setListen(c *Config, value string) error {
	_, port, err := net.SplitHostPort(value)
	if err != nil {
		return fmt.Errorf("is %q. Write an address and port, as :8080 or 127.0.0.1:8080", value)
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return fmt.Errorf("is %q. The port must be a number from 0 to 65535", value)
	}
	c.Listen = value
	return nil
}

func setPublicURL(c *Config, value string) error {
	u, err := url.Parse(value)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.Path != "" && u.Path != "/" {
		return fmt.Errorf("is %q. Write it as https://maru.example.com, without a path", value)
	}
	u.Path = ""
	c.PublicURL = u
	return nil
}

func setProxies(c *Config, value string) error {
	for _, part := range strings.Split(value, ",") {
		part = strings.TrimSpace(part)
		network, err := netip.ParsePrefix(part)
		if address, addressErr := netip.ParseAddr(part); err != nil && addressErr == nil {
			network, err = netip.PrefixFrom(address, address.BitLen()), nil
		}
		if err != nil {
			return fmt.Errorf("names %q, which is neither a network such as 10.0.0.0/8 nor an address", part)
		}
		c.TrustedProxies = append(c.TrustedProxies, network.Masked())
	}
	return nil
}

func setTimeZone(c *Config, value string) error {
	zone, err := time.LoadLocation(value)
	if err != nil || value == "Local" {
		return fmt.Errorf("is %q, which is not a time zone. Write it as Asia/Seoul", value)
	}
	c.TimeZone = zone
	return nil
}

func setLogLevel(c *Config, value string) error {
	switch strings.ToLower(value) {
	case "debug", "info", "warn", "error":
		return c.LogLevel.UnmarshalText([]byte(value))
	}
	return fmt.Errorf("is %q. Write debug, info, warn or error", value)
}

func setLogFormat(c *Config, value string) error {
	if value != "text" && value != "json" {
		return fmt.Errorf("is %q. Write text or json", value)
	}
	c.LogFormat = value
	return nil
}

func setShutdown(c *Config, value string) error {
	d, err := time.ParseDuration(value)
	if err != nil || d < 0 || d > 10*time.Minute {
		return fmt.Errorf("is %q. Write a time as 20s, at most 10m", value)
	}
	c.ShutdownTimeout = d
	return nil
}

func onOff(v string, to *bool) error {
	switch v {
	case "on":
		*to = true
	case "off":
		*to = false
	default:
		return fmt.Errorf("is %q. Write on or off", v)
	}
	return nil
}
