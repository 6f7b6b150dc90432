package mail_test

import (
	"bufio"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	netmail "net/mail"
	"strings"
	"testing"

	"maru/internal/platform/mail"
)

// relay is a mail server of one message.
func relay(t *testing.T, answer string) (address string, got chan string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	got = make(chan string, 1)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		say := func(line string) { _, _ = io.WriteString(conn, line+"\r\n") }
		say("220 relay ESMTP")
		in := bufio.NewReader(conn)
		for {
			line, err := in.ReadString('\n')
			if err != nil {
				return
			}
			switch verb := strings.ToUpper(line[:min(4, len(line))]); verb {
			case "EHLO":
				say("250-relay")
				say("250 8BITMIME")
			case "DATA":
				say("354 go on")
				var b strings.Builder
				for {
					line, err := in.ReadString('\n')
					if err != nil {
						return
					}
					if line == ".\r\n" {
						break
					}
					b.WriteString(line)
				}
				say(answer)
				got <- b.String()
			case "QUIT":
				say("221 bye")
				return
			default:
				say("250 ok")
			}
		}
	}()
	return "smtp://" + l.Addr().String() + "?tls=off", got
}

func TestAMessageArrivesAsItWasWritten(t *testing.T) {
	t.Parallel()
	address, got := relay(t, "250 taken")
	server, err := mail.New(address, "마루 <maru@example.com>")
	if err != nil {
		t.Fatal(err)
	}
	body := "김점주님, 안녕하세요.\n\nhttps://maru.example.com/join/" + strings.Repeat("x", 43) + "\n.\n끝\n"
	if err := server.Send(t.Context(), "owner@example.com", "[고샅커피] 초대합니다", body); err != nil {
		t.Fatal(err)
	}
	m, err := netmail.ReadMessage(strings.NewReader(strings.ReplaceAll(<-got, "\r\n..", "\r\n.")))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil || subject != "[고샅커피] 초대합니다" || !strings.Contains(m.Header.Get("To"), "owner@example.com") || m.Header.Get("Message-Id") == "" {
		t.Errorf("%q to %q, %v", subject, m.Header.Get("To"), err)
	}
	text, err := io.ReadAll(quotedprintable.NewReader(m.Body))
	if err != nil || strings.TrimSpace(strings.ReplaceAll(string(text), "\r\n", "\n")) != strings.TrimSpace(body) {
		t.Errorf("%q, %v", text, err)
	}
}

func TestARefusedMessageIsAnError(t *testing.T) {
	t.Parallel()
	address, _ := relay(t, "451 later")
	server, err := mail.New(address, "maru@example.com")
	if err != nil {
		t.Fatal(err)
	}
	// The error goes into the log.
	if err := server.Send(t.Context(), "owner@example.com", "x", "y"); err == nil || strings.Contains(err.Error(), "owner@") || !strings.Contains(err.Error(), "451") {
		t.Errorf("refused, and the error is %v", err)
	}
	if err := server.Send(t.Context(), "a@example.com\r\nBcc: b@example.com", "x", "y"); err == nil {
		t.Error("a recipient with a header in it")
	}
}

func TestAnAddressThatCannotBeOneIsSaid(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "mail.example.com:25", "http://mail.example.com", "smtp://", "smtps://host?tls=off", "smtp://host:99999", "smtp://host/x"} {
		if _, err := mail.New(bad, "maru@example.com"); err == nil {
			t.Errorf("%q passes", bad)
		}
	}
	if _, err := mail.New("smtp://host", "maru"); err == nil {
		t.Error("a sender without a host passes")
	}
	// Encryption is not optional: a server that offers none gets no password.
	address, _ := relay(t, "250 taken")
	server, err := mail.New(strings.TrimSuffix(strings.Replace(address, "//", "//user:secret@", 1), "?tls=off"), "maru@example.com")
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Send(t.Context(), "owner@example.com", "x", "y"); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("without TLS: %v", err)
	}
}
