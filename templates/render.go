package templates

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// Rendered is a message in its final words.
type Rendered struct {
	Subject  string   // e-mail only
	Text     string   // SMS and call: all there is; e-mail: the plain text part
	HTML     string   // e-mail only
	Segments int      // SMS only
	Encoding Encoding // SMS only
}

// ErrTooLong is returned when a template renders to more than 32 KiB.
var ErrTooLong = errors.New("the rendered message is longer than 32 KiB")

// MissingError says which placeholders are empty for a customer though the
// template has no default for them.
type MissingError struct {
	Fields []string
}

// Error names the placeholders, for the log and for the adviser.
func (e *MissingError) Error() string {
	verb := "is"
	if len(e.Fields) > 1 {
		verb = "are"
	}
	return fmt.Sprintf("%s %s empty for this customer and the template gives no default",
		strings.Join(e.Fields, ", "), verb)
}

// Render puts d into the template. It returns a *MissingError when something
// the words need is not known: a message with a hole in it is never made.
func (t *Template) Render(d Data) (Rendered, error) {
	r := newRun(&d, t.Locale)
	switch t.Channel {
	case outreach.SMS:
		return t.renderSMS(r)
	case outreach.Email:
		return t.renderEmail(r)
	}
	return t.renderCall(r)
}

func (t *Template) renderSMS(r *run) (Rendered, error) {
	body, err := r.render(t.body, false)
	if err != nil {
		return Rendered{}, err
	}
	text := plainSMS(string(body))
	count := Segments(text)
	return Rendered{Text: text, Segments: count.Segments, Encoding: count.Encoding}, nil
}

func (t *Template) renderCall(r *run) (Rendered, error) {
	body, err := r.render(t.body, true)
	if err != nil {
		return Rendered{}, err
	}
	return Rendered{Text: parseMarkdown(body).text()}, nil
}

func (t *Template) renderEmail(r *run) (Rendered, error) {
	subject, doc, err := t.mailWords(r)
	if err != nil {
		return Rendered{}, err
	}
	foot, err := newFooter(r)
	if err != nil {
		return Rendered{}, err
	}
	return Rendered{
		Subject: subject,
		Text:    doc.text() + foot.text(),
		HTML:    htmlMail(t.Locale, r.data.Shop.Name, subject, doc, foot),
	}, nil
}

// mailWords renders what the template itself says, without the layout.
func (t *Template) mailWords(r *run) (subject string, doc markdown, err error) {
	head, err := r.render(t.subject, false)
	if err != nil {
		return "", markdown{}, fmt.Errorf("render subject: %w", err)
	}
	body, err := r.render(t.body, true)
	if err != nil {
		return "", markdown{}, err
	}
	return clean(string(head), maxText), parseMarkdown(body), nil
}

// run is the rendering of one template for one customer.
type run struct {
	data     *Data
	locale   Locale
	zone     *time.Location
	items    []outreach.Item // most serious first
	about    subject         // what the first item belongs to
	markdown bool            // values are escaped so that Markdown shows them as they are
	out      []byte
	missing  []string
}

func newRun(d *Data, locale Locale) *run {
	r := &run{data: d, locale: locale, zone: d.Zone, items: bySeverity(d.Items)}
	r.about = subjectOf(r.items)
	if r.zone == nil {
		r.zone = d.Shop.Location()
	}
	return r
}

func (r *run) date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return r.locale.Date(t.In(r.zone), r.data.Now)
}

func (r *run) render(nodes []node, markdown bool) ([]byte, error) {
	r.out, r.markdown = make([]byte, 0, 2048), markdown
	r.all(nodes, nil)
	switch {
	case len(r.missing) > 0:
		return nil, &MissingError{Fields: r.missing}
	case len(r.out) > maxOutput:
		return nil, ErrTooLong
	}
	return r.out, nil
}

func (r *run) all(nodes []node, item *outreach.Item) {
	for _, n := range nodes {
		if len(r.out) > maxOutput {
			return
		}
		n.render(r, item)
	}
}

func (r *run) miss(path string) {
	if !slices.Contains(r.missing, path) {
		r.missing = append(r.missing, path)
	}
}

// node is a part of a parsed template. item is the item of the list that is
// being repeated, nil outside of it.
type node interface {
	render(r *run, item *outreach.Item)
}

// literal is text as written.
type literal string

func (l literal) render(r *run, _ *outreach.Item) { r.out = append(r.out, l...) }

// value is a placeholder.
type value struct{ expression }

func (v *value) render(r *run, item *outreach.Item) {
	text := v.get(r, item)
	if text == "" {
		if !v.hasDefault {
			r.miss(v.path)
		}
		text = v.fallback
	}
	if r.markdown {
		r.out = appendEscaped(r.out, text)
		return
	}
	r.out = append(r.out, text...)
}

// get returns the value for this customer, made safe to stand in a sentence.
func (e *expression) get(r *run, item *outreach.Item) string {
	if e.scope == wholeList {
		return yes(len(r.items) > 0)
	}
	if e.scope == firstItem {
		if len(r.items) == 0 {
			return ""
		}
		item = &r.items[0]
	}
	limit := e.field.limit
	if limit == 0 {
		limit = maxName
	}
	text := clean(e.field.get(r, item), limit)
	if e.field.kind == link {
		// A cut address would lead elsewhere; one with spaces is none.
		if len(text) >= maxLink || strings.Contains(text, " ") {
			return ""
		}
	}
	return text
}

// conditional is {{if}} … {{else}} … {{end}}.
type conditional struct {
	test            *expression
	then, otherwise []node
}

func (c *conditional) render(r *run, item *outreach.Item) {
	if (c.test.get(r, item) != "") != c.test.negated {
		r.all(c.then, item)
		return
	}
	r.all(c.otherwise, item)
}

// repeated is {{range services}} … {{else}} … {{end}}.
type repeated struct {
	each, none []node
}

func (l *repeated) render(r *run, item *outreach.Item) {
	for i := range r.items {
		r.all(l.each, &r.items[i])
	}
	if len(r.items) > 0 {
		return
	}
	if len(l.none) == 0 {
		r.miss(listName)
	}
	r.all(l.none, item)
}
