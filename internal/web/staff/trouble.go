package staff

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
)

// Feeds are where replies and news of deliveries come from.
type Feeds interface {
	Feeds(ctx context.Context) ([]store.FeedState, error)
	Unheard(ctx context.Context, now time.Time) ([]outreach.Channel, error)
}

// trouble is something that a person has to look after, in words.
type trouble struct {
	Words string
	Links []link // where more of it is to be seen
	Held  *held  // a manager can let it go on; nil where there is nothing to let go
}

// held is a channel on hold.
type held struct {
	Channel string
	stopped
}

type link struct{ To, Words string }

// doubtAfter is how long the provider's answer is waited for before a person is
// asked to look.
const doubtAfter = 2 * time.Hour

// look finds one kind of what is wrong.
type look func(ctx context.Context, now time.Time) ([]trouble, error)

// troubleFinder finds what somebody has to look after.
type troubleFinder struct{ *Site }

// troubles gathers what is wrong, the gravest first.
func (s troubleFinder) troubles(v *visit) ([]trouble, error) {
	return gather(v.Context(), v.now,
		s.nobodyAtWork, s.heldChannels, s.lateCases, s.badFeeds, s.badDocuments, s.doubts, s.failures)
}

func gather(ctx context.Context, now time.Time, looks ...look) (out []trouble, err error) {
	for _, look := range looks {
		found, err := look(ctx, now)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return out, nil
}

func (s troubleFinder) nobodyAtWork(ctx context.Context, now time.Time) ([]trouble, error) {
	n, last, err := s.Ahead.AtWork(ctx, now, s.DeadAfter)
	if err != nil || n > 0 {
		return nil, err
	}
	words := "The program that sends is not at work: nothing goes out and no reply comes in."
	if !last.IsZero() {
		words += " It was last at work on " + s.when(last) + "."
	}
	return []trouble{{Words: words + " On the computer it runs on: systemctl start courtesyd."}}, nil
}

// plural are the channels' messages in words.
var plural = map[outreach.Channel]string{outreach.SMS: "Texts", outreach.Email: "E-mails", outreach.Call: "Calls"}

// heldChannels tells why a provider takes nothing. The brake itself is shown at
// the top of the page.
func (s troubleFinder) heldChannels(ctx context.Context, _ time.Time) ([]trouble, error) {
	brakes, err := s.Brake.Brakes(ctx)
	if err != nil {
		return nil, err
	}
	var out []trouble
	for _, ch := range slices.Sorted(maps.Keys(brakes)) {
		if b := brakes[ch]; ch != "" {
			out = append(out, trouble{Held: &held{ch, stopped{At: b.At.Time}}, Words: fmt.Sprintf("%s are on hold since %s: %s",
				cmp.Or(plural[outreach.Channel(ch)], ch), s.when(b.At.Time), ended(b.Value))})
		}
	}
	return out, nil
}

// lateCases counts the recovery cases for which somebody should have done something.
func (s troubleFinder) lateCases(ctx context.Context, now time.Time) ([]trouble, error) {
	open, err := s.Recovery.OpenCases(ctx, now)
	late := 0
	for _, c := range open {
		if c.Overdue(now) {
			late++
		}
	}
	if err != nil || late == 0 {
		return nil, err
	}
	words := "A recovery case is overdue: a decision or its next step is late."
	if late > 1 {
		words = fmt.Sprintf("%d recovery cases are overdue: a decision or the next step is late.", late)
	}
	return []trouble{{Words: words, Links: []link{{"/recovery", "To the recovery cases"}}}}, nil
}

// sources are the feeds in words.
var sources = map[string]string{
	store.FeedTexts: "Twilio cannot be asked for replies", store.FeedWebhooks: "Twilio's calls cannot be taken",
	store.FeedMail: "The mailbox for replies cannot be read",
}

func (s troubleFinder) badFeeds(ctx context.Context, now time.Time) ([]trouble, error) {
	feeds, err := s.Feeds.Feeds(ctx)
	if err != nil {
		return nil, err
	}
	var out []trouble
	for _, f := range feeds {
		if f.Failure != "" {
			words := fmt.Sprintf("%s since %s: %s", cmp.Or(sources[f.Name], f.Name), s.when(f.FailedAt.Time), ended(f.Failure))
			out = append(out, trouble{Words: words + " Replies may be waiting there."})
		}
		if f.SetAside > 0 {
			out = append(out, trouble{Words: fmt.Sprintf(
				"%d incoming messages could not be read and were set aside. `courtesyd check` tells where they are.", f.SetAside)})
		}
	}
	unheard, err := s.Feeds.Unheard(ctx, now)
	for _, ch := range unheard {
		out = append(out, trouble{Words: fmt.Sprintf(
			"%s go out, but for a day nothing was heard of what became of them: replies and refusals may be lost. `courtesyd check` says what to do.",
			plural[ch])})
	}
	return out, err
}

func (s troubleFinder) badDocuments(ctx context.Context, _ time.Time) ([]trouble, error) {
	bad, err := s.Forecast.DocumentProblems(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]trouble, len(bad))
	for i, b := range bad {
		out[i] = trouble{Words: "A document cannot be used until it is mended: " + ended(b.Error())}
	}
	return out, nil
}

func (s troubleFinder) doubts(ctx context.Context, now time.Time) ([]trouble, error) {
	const shown = 5
	list, err := s.Ahead.Doubtful(ctx, now.Add(-doubtAfter), shown+1)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	t := trouble{Words: "Nobody knows whether these messages left. They are not sent again by themselves; look whether they arrived:"}
	for i, d := range list {
		if i == shown {
			t.Words = "Nobody knows whether more than five messages left. They are not sent again by themselves; look whether they arrived, the oldest first:"
			break
		}
		t.Links = append(t.Links, link{
			To:    fmt.Sprintf("/contacts/%d", d.ID),
			Words: fmt.Sprintf("%s to %s, %s", ways[outreach.Channel(d.Channel)], cmp.Or(d.Customer, "somebody"), s.when(d.HandedAt.Time)),
		})
	}
	return []trouble{t}, nil
}

func (s troubleFinder) failures(ctx context.Context, now time.Time) ([]trouble, error) {
	return s.failed(ctx, s.midnight(now, 0), "of today")
}

// failed counts the messages since a time that did not arrive; when says in words
// since when.
func (s troubleFinder) failed(ctx context.Context, since time.Time, when string) ([]trouble, error) {
	list, err := s.Ahead.Failures(ctx, since)
	var out []trouble
	for _, f := range list {
		what := "1 " + ways[outreach.Channel(f.Channel)]
		if f.Count > 1 {
			what = fmt.Sprintf("%d %ss", f.Count, ways[outreach.Channel(f.Channel)])
		}
		why := told(f.Reason)
		if f.Why != "" {
			why = ended(f.Why)
		}
		out = append(out, trouble{Words: strings.TrimSpace(fmt.Sprintf("%s %s did not arrive. %s", what, when, why))})
	}
	return out, err
}

// ended gives somebody else's words the end of a sentence.
func ended(words string) string {
	if strings.ContainsAny(words[max(len(words)-1, 0):], ".!?") {
		return words
	}
	return words + "."
}
