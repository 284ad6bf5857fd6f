package customer

import (
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/templates/tone"
)

// texts returns every text of a language under the name of its field.
func (w *words) texts() map[string]string {
	all := map[string]string{}
	for field, value := range reflect.ValueOf(*w).Fields() {
		switch value.Kind() {
		case reflect.String:
			all[field.Name] = value.String()
		case reflect.Map:
			for entry := value.MapRange(); entry.Next(); {
				all[fmt.Sprintf("%s[%v]", field.Name, entry.Key())] = entry.Value().String()
			}
		case reflect.Array:
			for i := range value.Len() {
				all[fmt.Sprintf("%s[%d]", field.Name, i)] = value.Index(i).String()
			}
		}
	}
	return all
}

func TestBothLanguagesSayTheSame(t *testing.T) {
	verbs := regexp.MustCompile(`%[a-z]|\{[a-z]+\}`)
	en, es := english.texts(), spanish.texts()
	if len(en) < 60 {
		t.Fatalf("only %d texts were found", len(en))
	}
	for name, text := range en {
		other, ok := es[name]
		if !ok || text == "" || other == "" {
			t.Errorf("%s is %q and %q", name, text, other)
		}
		ours, theirs := verbs.FindAllString(text, -1), verbs.FindAllString(other, -1)
		slices.Sort(ours)
		slices.Sort(theirs)
		if !slices.Equal(ours, theirs) {
			t.Errorf("%s stands for other values in %q than in %q", name, text, other)
		}
	}
	if len(en) != len(es) {
		t.Errorf("%d texts and %d", len(en), len(es))
	}
	for _, w := range []*words{&english, &spanish} {
		for _, reason := range outreach.CancelReasons() {
			if w.Reasons[reason] == "" {
				t.Errorf("%s has no words for %q", w.Locale, reason)
			}
		}
	}
}

// The pages keep to the rules that the messages keep to.
func TestPagesAreCourteous(t *testing.T) {
	for _, w := range []*words{&english, &spanish} {
		for _, name := range slices.Sorted(maps.Keys(w.texts())) {
			text := strings.ReplaceAll(w.texts()[name], "%s", "Riverbend")
			for _, found := range tone.Check(tone.Text{Channel: "email", Locale: string(w.Locale), Class: "marketing", Body: text}) {
				switch {
				case found.Category == "shop-name": // a part of a page need not name the shop
					continue
				case name == "ComeBack" && found.Category == "control-word": // it says how to come back
					continue
				}
				t.Errorf("%s, %s: %s: %q: %s", w.Locale, name, found.Rule, found.Text, found.Why)
			}
		}
	}
}
