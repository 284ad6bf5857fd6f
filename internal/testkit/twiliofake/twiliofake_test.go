package twiliofake

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/testkit/ledger"
)

const messages = accountPath + AccountSID + "/Messages.json"

func call(t *testing.T, s *Server, method, path string, form url.Values) (int, map[string]any) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.URL()+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth(AccountSID, AuthToken)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	var body map[string]any
	if err := json.Unmarshal(text, &body); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return res.StatusCode, body
}

func TestCreateFetchAndList(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.jsonl")
	server, err := Start(Options{Ledger: path})
	if err != nil {
		t.Fatal(err)
	}
	form := url.Values{"To": {"+12125550123"}, "From": {"+12125550100"}, "Body": {"hello"}}
	status, created := call(t, server, http.MethodPost, messages, form)
	if status != http.StatusCreated || created["status"] != "queued" {
		t.Fatalf("%d %v", status, created)
	}
	sid, _ := created["sid"].(string)
	if status, fetched := call(t, server, http.MethodGet, accountPath+AccountSID+"/Messages/"+sid+".json", nil); status != http.StatusOK || fetched["body"] != "hello" {
		t.Errorf("%d %v", status, fetched)
	}
	if status, _ := call(t, server, http.MethodPost, messages, url.Values{"To": {"+15005550004"}}); status != http.StatusBadRequest {
		t.Errorf("magic number answered %d", status)
	}
	if got := server.Count("+12125550123", "hello"); got != 1 {
		t.Errorf("%d created", got)
	}
	if err := server.Close(); err != nil {
		t.Error(err)
	}
	entries, err := ledger.Read[Message](path)
	if err != nil || len(entries) != 1 || entries[0].SID != sid {
		t.Errorf("ledger: %+v, %v", entries, err)
	}
}

func TestListFilters(t *testing.T) {
	server, err := Start(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	day := time.Date(2026, 3, 2, 23, 30, 0, 0, time.UTC)
	server.Put(Message{CreatedAt: day, To: "+12125550123", From: "+12125550100", Status: "sent"})
	server.Put(Message{CreatedAt: day, To: "+12125550124", From: "+12125550100", Status: "sent"})
	server.Put(Message{CreatedAt: day.AddDate(0, 0, 1), To: "+12125550123", From: "+12125550101", Status: "delivered"})
	server.Put(Message{CreatedAt: day, To: "+12125550123", From: "+12125550100", Status: "queued"})
	tests := []struct {
		query url.Values
		want  int
	}{
		{url.Values{}, 4},
		{url.Values{"To": {"+12125550123"}}, 3},
		{url.Values{"To": {"+12125550123"}, "From": {"+12125550101"}}, 1},
		{url.Values{"DateSent": {"2026-03-02"}}, 2},
		{url.Values{"DateSent>": {"2026-03-03T00:00:00Z"}}, 1},
		{url.Values{"DateSent<": {"2026-03-02"}}, 2},
		{url.Values{"PageSize": {"3"}}, 3},
		{url.Values{"PageSize": {"3"}, "Page": {"1"}}, 1},
	}
	for _, tt := range tests {
		_, list := call(t, server, http.MethodGet, messages+"?"+tt.query.Encode(), nil)
		if found, _ := list["messages"].([]any); len(found) != tt.want {
			t.Errorf("%v: %d messages, want %d", tt.query, len(found), tt.want)
		}
	}
}

func TestOtherAccountsAreNotServed(t *testing.T) {
	server, err := Start(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	status, body := call(t, server, http.MethodGet, accountPath+"AC00000000000000000000000000000002.json", nil)
	if status != http.StatusNotFound || body["code"] != 20404.0 {
		t.Errorf("%d %v", status, body)
	}
	res, err := http.Get(server.URL() + messages)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusUnauthorized {
		t.Errorf("without a login: %d", res.StatusCode)
	}
}
