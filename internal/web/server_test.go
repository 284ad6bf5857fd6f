package web

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// diary is a log that tests can read.
type diary struct {
	mu   sync.Mutex
	text strings.Builder
}

func (d *diary) Write(b []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.text.Write(b)
}

func (d *diary) String() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.text.String()
}

func (d *diary) log() *slog.Logger {
	return slog.New(slog.NewTextHandler(d, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// ask sends a request to a handler.
func ask(h http.Handler, method, target, body string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, target, strings.NewReader(body)))
	return w
}

func newHandler(t *testing.T, publicURL string, d *diary, routes ...Route) http.Handler {
	t.Helper()
	h, err := Handler(Config{PublicURL: publicURL, Log: d.log()}, routes...)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func on(pattern string, h http.HandlerFunc) Route { return Route{pattern, h} }

func TestHealth(t *testing.T) {
	h := newHandler(t, "", new(diary))
	if w := ask(h, http.MethodGet, "/healthz", ""); w.Code != http.StatusOK || w.Body.String() != "ok\n" {
		t.Errorf("%d %q", w.Code, w.Body)
	}
	if w := ask(h, http.MethodPost, "/healthz", ""); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", w.Code)
	}
}

func TestHeaders(t *testing.T) {
	for publicURL, hsts := range map[string]string{"https://shop.example": "max-age=31536000", "http://192.0.2.7:8417": "", "": ""} {
		h := newHandler(t, publicURL, new(diary))
		for _, path := range []string{"/healthz", "/nothing/here"} {
			w := ask(h, http.MethodGet, path, "")
			for header, want := range map[string]string{
				"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff",
				"X-Robots-Tag": "noindex, nofollow", "Cross-Origin-Opener-Policy": "same-origin",
				"Cross-Origin-Resource-Policy": "same-origin", "Strict-Transport-Security": hsts, "Set-Cookie": "",
				"Content-Security-Policy": "default-src 'none'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'",
			} {
				if got := w.Header().Get(header); got != want {
					t.Errorf("%q, %s: %s is %q, expected %q", publicURL, path, header, got, want)
				}
			}
		}
	}
}

func TestPathOfThePublicURL(t *testing.T) {
	h := newHandler(t, "https://shop.example/courtesy/", new(diary), on("GET /p/{token}", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, r.PathValue("token"))
	}))
	for target, want := range map[string]string{
		"/p/abc": "abc", "/courtesy/p/abc": "abc", "/courtesy/courtesy/p/abc": "", "/courtesyp/abc": "", "/other/p/abc": "",
	} {
		w := ask(h, http.MethodGet, target, "")
		if got := w.Body.String(); (w.Code == http.StatusOK) != (want != "") || (want != "" && got != want) {
			t.Errorf("%s: %d %q", target, w.Code, got)
		}
	}
}

// Neither what is asked for nor what fails tells the log who it was about.
func TestTheLogKeepsSecrets(t *testing.T) {
	d := new(diary)
	h := newHandler(t, "", d,
		on("POST /p/{token}", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }),
		on("POST /x/{token}", func(_ http.ResponseWriter, r *http.Request) {
			panic("no such person: " + r.PathValue("token"))
		}),
		on("POST /y/{token}", func(_ http.ResponseWriter, r *http.Request) {
			_ = make([]int, 1)[len(r.PathValue("token"))]
		}),
	)
	for _, path := range []string{"/p/", "/x/", "/y/", "/none/"} {
		ask(h, http.MethodPost, path+"s3cret?who=s3cret", "s3cret")
	}
	text := d.String()
	if strings.Contains(text, "s3cret") {
		t.Errorf("the log has a token: %s", text)
	}
	for _, want := range []string{
		`route="POST /p/{token}" status=418`, `route="POST /x/{token}" panic=string`, "index out of range [6] with length 1",
		"server_test.go", "route=none status=404", `route="POST /y/{token}" status=500`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the log lacks %s: %s", want, text)
		}
	}
}

func TestPanicIsAnswered(t *testing.T) {
	h := newHandler(t, "", new(diary), on("GET /x", func(http.ResponseWriter, *http.Request) { panic(errors.New("secret")) }))
	if w := ask(h, http.MethodGet, "/x", ""); w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "secret") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	h = newHandler(t, "", new(diary), on("GET /x", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	defer func() {
		if recover() != http.ErrAbortHandler {
			t.Error("a handler cannot end its connection")
		}
	}()
	ask(h, http.MethodGet, "/x", "")
}

func TestBodiesAreBounded(t *testing.T) {
	var read int
	var err error
	h := newHandler(t, "", new(diary), on("POST /x", func(_ http.ResponseWriter, r *http.Request) {
		var body []byte
		body, err = io.ReadAll(r.Body)
		read = len(body)
	}))
	ask(h, http.MethodPost, "/x", strings.Repeat("x", maxBody+1))
	if tooLong := new(http.MaxBytesError); !errors.As(err, &tooLong) || read > maxBody {
		t.Errorf("read %d bytes, %v", read, err)
	}
}

func TestBadConfig(t *testing.T) {
	if _, err := Handler(Config{PublicURL: "https://%zz", Log: new(diary).log()}); err == nil {
		t.Error("a public URL that is none is taken")
	}
	taken := listen(t)
	if _, err := Listen(taken.Addr(), http.NotFoundHandler(), new(diary).log()); err == nil || !strings.Contains(err.Error(), taken.Addr()) {
		t.Errorf("an address that is taken: %v", err)
	}
	if err := taken.listener.Close(); err != nil {
		t.Error(err)
	}
}

// listen returns a server for routes at a free port.
func listen(t *testing.T, routes ...Route) *Server {
	t.Helper()
	d := new(diary)
	s, err := Listen("127.0.0.1:0", newHandler(t, "", d, routes...), d.log())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A server that is told to stop finishes what it has begun.
func TestRunAndStop(t *testing.T) {
	begun, finish := make(chan struct{}), make(chan struct{})
	s := listen(t, on("GET /slow", func(w http.ResponseWriter, _ *http.Request) {
		close(begun)
		<-finish
		fmt.Fprint(w, "done")
	}))
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	answer := make(chan string, 1)
	go func() {
		r, err := http.Get("http://" + s.Addr() + "/slow")
		if err != nil {
			answer <- err.Error()
			return
		}
		defer r.Body.Close()
		text, err := io.ReadAll(r.Body)
		answer <- fmt.Sprint(string(text), err)
	}()
	<-begun
	stop()
	for { // until it takes nobody in anymore
		c, err := net.Dial("tcp", s.Addr())
		if err != nil {
			break
		}
		c.Close()
		time.Sleep(time.Millisecond)
	}
	select {
	case err := <-ended:
		t.Fatalf("it ended in the middle of an answer: %v", err)
	default:
	}
	close(finish)
	if got := <-answer; got != "done<nil>" {
		t.Errorf("the answer was %q", got)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestServerIsLimited(t *testing.T) {
	s := listen(t)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	c, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(c, "GET /healthz HTTP/1.1\r\nHost: x\r\nLong: %s\r\n\r\n", strings.Repeat("x", 4*maxHeader))
	line, err := bufio.NewReader(c).ReadString('\n')
	if err != nil || !strings.Contains(line, "431") {
		t.Errorf("a head of %d bytes is answered with %q, %v", 4*maxHeader, line, err)
	}
	c.Close()
	for name, limit := range map[string]time.Duration{
		"head": s.http.ReadHeaderTimeout, "request": s.http.ReadTimeout, "answer": s.http.WriteTimeout, "idle": s.http.IdleTimeout,
	} {
		if limit <= 0 || limit > time.Minute {
			t.Errorf("the limit for the %s is %v", name, limit)
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// A rush is answered one after the other, and who would wait too long is told so.
func TestRush(t *testing.T) {
	in, finish := make(chan struct{}), make(chan struct{})
	h := queued(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		in <- struct{}{}
		<-finish
	}), 1, 0)
	first := make(chan int)
	go func() { first <- ask(h, http.MethodGet, "/", "").Code }()
	<-in
	if second := ask(h, http.MethodGet, "/", ""); second.Code != http.StatusServiceUnavailable || second.Header().Get("Retry-After") == "" {
		t.Errorf("the second is answered %d", second.Code)
	}
	close(finish)
	if code := <-first; code != http.StatusOK {
		t.Errorf("the first is answered %d", code)
	}
	go func() { <-in }()
	if third := ask(h, http.MethodGet, "/", ""); third.Code != http.StatusOK {
		t.Errorf("afterwards: %d", third.Code)
	}
}
