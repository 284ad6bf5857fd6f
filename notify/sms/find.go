package sms

import (
	"context"
	"fmt"
	"strings"
	"time"

	api "github.com/twilio/twilio-go/rest/api/v2010"
	"golang.org/x/text/unicode/norm"

	"github.com/courtesyd/courtesyd/notify"
)

// How far Twilio's clock may be off ours, and how long after the hand-over a
// request may have reached Twilio at the latest.
const (
	clockSkew   = 2 * time.Minute
	latestAfter = 15 * time.Minute
)

// Bounds of one look through an account's messages to one number.
const (
	listPage  = 100
	listLimit = 1000
)

// Find looks for the message that an attempt may have created: same number, same
// words, created about when it was handed over. Several that fit are an error, for
// a person to settle.
func (s *Sender) Find(ctx context.Context, a notify.Attempt) (notify.Outcome, bool, error) {
	found := map[string]api.ApiV2010Message{}
	// A sent message is found by its date; one still queued may have none yet.
	since := a.HandedAt.UTC().AddDate(0, 0, -1).Truncate(24 * time.Hour)
	for _, params := range []*api.ListMessageParams{
		s.listParams(a).SetDateSentAfter(since), s.listParams(a),
	} {
		messages, err := s.list(ctx, params)
		if err != nil {
			return notify.Outcome{}, false, err
		}
		for _, m := range messages {
			if fits(m, a) {
				found[*m.Sid] = m
			}
		}
	}
	if len(found) > 1 {
		return notify.Outcome{}, false, fmt.Errorf("%d messages at Twilio fit the attempt: settle it by hand", len(found))
	}
	for _, m := range found {
		return createdOutcome(m), true, nil
	}
	return notify.Outcome{}, false, nil
}

func (s *Sender) listParams(a notify.Attempt) *api.ListMessageParams {
	params := new(api.ListMessageParams).SetTo(a.To).SetPageSize(listPage).SetLimit(listLimit)
	if from := s.origin(a.ShopID).From; from != "" {
		params.SetFrom(from)
	}
	return params
}

func (s *Sender) list(ctx context.Context, params *api.ListMessageParams) ([]api.ApiV2010Message, error) {
	ctx, cancel := context.WithTimeout(ctx, s.config.Timeout)
	defer cancel()
	x := s.exchange(ctx, maxList)
	messages, err := s.service(x).ListMessage(params)
	if err := x.problem(err); err != nil {
		return nil, fmt.Errorf("list messages: %w", err)
	}
	return messages, nil
}

func fits(m api.ApiV2010Message, a notify.Attempt) bool {
	if m.Sid == nil || m.Body == nil || m.To == nil || m.Direction == nil || m.DateCreated == nil {
		return false
	}
	created, err := time.Parse(time.RFC1123Z, *m.DateCreated)
	if err != nil {
		return false
	}
	return *m.To == a.To && *m.Direction == "outbound-api" &&
		!created.Before(a.HandedAt.Add(-clockSkew)) && created.Before(a.HandedAt.Add(latestAfter)) &&
		plain(*m.Body) == plain(a.Text)
}

// plain takes out of a text what Twilio may have changed on the way: typographic
// marks (Smart Encoding), white space, and the line trial accounts put in front.
func plain(text string) string {
	text = strings.TrimPrefix(text, "Sent from your Twilio trial account - ")
	return strings.Join(strings.Fields(smart.Replace(norm.NFC.String(text))), " ")
}

var smart = strings.NewReplacer(
	"‘", "'", "’", "'", "‚", "'", "‛", "'", "“", `"`, "”", `"`, "„", `"`, "‟", `"`,
	"–", "-", "—", "-", "‐", "-", "‑", "-", "−", "-", "…", "...", "\u00a0", " ", "\u2009", " ", "\u200b", "",
)
