package mail

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/notify/email"
)

// scripted is a mail server that answers each command as told, for what no real
// one does on request. In the answers TAG stands for the command's tag.
func scripted(t *testing.T, answers map[string]string) Server {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go converse(conn, answers)
		}
	}()
	host, port := split(t, listener.Addr().String())
	return Server{Host: host, Port: port, TLS: email.NoTLS, Username: "u", Password: password, Timeout: time.Minute}
}

func converse(conn net.Conn, answers map[string]string) {
	defer func() { _ = conn.Close() }()
	if _, err := fmt.Fprint(conn, "* OK [CAPABILITY IMAP4rev1] ready\r\n"); err != nil {
		return
	}
	for in := bufio.NewScanner(conn); in.Scan(); {
		tag, command, _ := strings.Cut(in.Text(), " ")
		answer := "TAG OK done\r\n"
		for start, text := range answers {
			if strings.HasPrefix(command, start) {
				answer = text
			}
		}
		if _, err := fmt.Fprint(conn, strings.ReplaceAll(answer, "TAG", tag)); err != nil {
			return
		}
	}
}

const examined = "* 1 EXISTS\r\n* OK [UIDVALIDITY 9] x\r\n* OK [UIDNEXT 6] x\r\nTAG OK [READ-ONLY] done\r\n"

func shown(raw string) string {
	return fmt.Sprintf("* 1 FETCH (UID 5 INTERNALDATE \"02-Mar-2026 10:15:00 -0500\" BODY[]<0> {%d}\r\n%s)\r\nTAG OK done\r\n", len(raw), raw)
}

func TestOddServers(t *testing.T) {
	const found = "* SEARCH 5\r\nTAG OK done\r\n"
	answer := "From: pat.sample@customer.example\r\nIn-Reply-To: <c4711.maple@maple.example.com>\r\nSubject: x\r\n\r\nhello\r\n"
	for name, tt := range map[string]struct {
		answers map[string]string
		looks   int
		taken   int
		aside   int
		cursor  string
		failed  string // in the last look
	}{
		"sends far more than asked for": {
			map[string]string{"EXAMINE": examined, "UID SEARCH": found, "UID FETCH": shown(answer + strings.Repeat("> more\r\n", 600_000))},
			1, 1, 0, "9:5:INBOX", "",
		},
		"shows nothing of what it lists": {
			map[string]string{"EXAMINE": examined, "UID SEARCH": found},
			maxTries, 0, 1, "9:5:INBOX", "",
		},
		"lists what has just gone": {
			map[string]string{"EXAMINE": examined, "UID SEARCH SINCE": found, "UID SEARCH UID": "* SEARCH\r\nTAG OK done\r\n"},
			1, 0, 0, "9:5:INBOX", "",
		},
		"fails at one message": {
			map[string]string{"EXAMINE": examined, "UID SEARCH": found, "UID FETCH": "TAG NO [SERVERBUG] broken\r\n"},
			maxTries - 1, 0, 0, "", "refused to show a message",
		},
		"talks nonsense": {
			map[string]string{"EXAMINE": examined, "UID SEARCH": "* SEARCH x y (\r\n{99999999999999}\r\n"},
			1, 0, 0, "", "the connection to the mail server broke off",
		},
		"does not number ahead": {
			map[string]string{"EXAMINE": "* 0 EXISTS\r\n* OK [UIDVALIDITY 9] x\r\nTAG OK done\r\n", "UID SEARCH": "* SEARCH\r\nTAG OK done\r\n"},
			1, 0, 0, "", "",
		},
		"forbids the login": {
			map[string]string{"LOGIN": "TAG NO [UNAVAILABLE] busy\r\n"},
			1, 0, 0, "", "does not let us in for now",
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := &office{}
			p := newPoller(t, scripted(t, tt.answers), testReader(), o)
			var err error
			for range tt.looks {
				err = p.Poll(t.Context(), noon)
			}
			if tt.failed == "" && err != nil || tt.failed != "" && (err == nil || !strings.Contains(err.Error(), tt.failed)) {
				t.Errorf("got %v, want %q", err, tt.failed)
			}
			if len(o.arrivals) != tt.taken || len(o.aside) != tt.aside || o.cursor != tt.cursor {
				t.Errorf("taken %d, aside %v, place %q", len(o.arrivals), o.aside, o.cursor)
			}
		})
	}
}
