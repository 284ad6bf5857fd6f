package twiliofake

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// tokenPrefix begins the token of a page; the SID of the last message before it follows.
const tokenPrefix = "PA"

// listMessages answers newest first, a page at a time. A page's token holds its
// place when messages are added meanwhile.
func (s *Server) listMessages(w http.ResponseWriter, r *http.Request) {
	if fault, ok := s.match(true, ""); ok {
		s.misbehave(w, r, fault, Message{})
		return
	}
	query := r.URL.Query()
	fits, err := filter(query)
	if err != nil {
		refuse(w, http.StatusBadRequest, 20001, err.Error())
		return
	}
	found := slices.DeleteFunc(s.all(), func(m Message) bool { return !fits(m) })
	slices.Reverse(found)
	size, err := strconv.Atoi(query.Get("PageSize"))
	if err != nil || size < 1 || size > 1000 {
		size = 50
	}
	number, _ := strconv.Atoi(query.Get("Page")) // the first one without it
	first := min(number*size, len(found))
	if token := query.Get("PageToken"); token != "" {
		first = 1 + slices.IndexFunc(found, func(m Message) bool { return tokenPrefix+m.SID == token })
	}
	last := min(first+size, len(found))
	answer(w, http.StatusOK, page(r.URL.Path, query, found[first:last], place{number, size, first, len(found)}))
}

// place is where a page stands in a list.
type place struct{ number, size, first, of int }

func page(path string, query url.Values, messages []Message, at place) map[string]any {
	uri := func(number int, token string) string {
		query.Set("Page", strconv.Itoa(number))
		query.Del("PageToken")
		if token != "" {
			query.Set("PageToken", token)
		}
		return path + "?" + query.Encode()
	}
	resources := make([]map[string]any, len(messages))
	for i, m := range messages {
		resources[i] = resource(m)
	}
	last := at.first + len(messages)
	body := map[string]any{
		"messages": resources, "page": at.number, "page_size": at.size,
		"start": at.first, "end": max(last-1, 0), "uri": uri(at.number, ""), "first_page_uri": uri(0, ""),
		"next_page_uri": nil, "previous_page_uri": nil,
	}
	if last < at.of {
		body["next_page_uri"] = uri(at.number+1, tokenPrefix+messages[len(messages)-1].SID)
	}
	return body
}

// filter understands To, From and DateSent, which is a day in GMT. A message still
// queued has no date and no day includes it.
func filter(query url.Values) (func(Message) bool, error) {
	compare := map[string]func(sent, day string) bool{
		"DateSent":  func(sent, day string) bool { return sent == day },
		"DateSent<": func(sent, day string) bool { return sent <= day },
		"DateSent>": func(sent, day string) bool { return sent >= day },
	}
	days := map[string]string{}
	for name := range compare {
		if text := query.Get(name); text != "" {
			if len(text) < len(time.DateOnly) {
				return nil, fmt.Errorf("%s is not a date", name)
			}
			days[name] = text[:len(time.DateOnly)]
		}
	}
	return func(m Message) bool {
		if to := query.Get("To"); to != "" && m.To != to {
			return false
		}
		if from := query.Get("From"); from != "" && m.From != from {
			return false
		}
		for name, day := range days {
			if !m.sent() || !compare[name](m.CreatedAt.UTC().Format(time.DateOnly), day) {
				return false
			}
		}
		return true
	}, nil
}

// sent reports whether the message has left the queue.
func (m Message) sent() bool { return m.Status != "queued" && m.Status != "accepted" }
