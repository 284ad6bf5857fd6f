package staff

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/courtesyd/courtesyd/internal/phone"
	"github.com/courtesyd/courtesyd/internal/store"
)

// mostFound is how many customers a search shows.
const mostFound = 50

// customersView is what the page shows.
type customersView struct {
	Query string
	Found []store.Match
	More  bool // there are more than the page shows
}

func (s customerPages) customersPage(v *visit) error {
	const longest = 100 // characters; no name or address is longer
	view := customersView{Query: strings.TrimSpace(strings.ToValidUTF8(v.FormValue("q"), ""))}
	if view.Query != "" && utf8.RuneCountInString(view.Query) <= longest && !strings.ContainsRune(view.Query, 0) {
		found, err := s.Customers.Search(v.Context(), view.Query, s.areaCode(), mostFound+1)
		if err != nil {
			return err
		}
		if view.More = len(found) > mostFound; view.More {
			found = found[:mostFound]
		}
		view.Found = found
	}
	s.show(v, "customers", view)
	return nil
}

// areaCode is the shop's, for numbers that are written without one.
func (s *Site) areaCode() string {
	const prefix, code = 2, 3 // "+1", then the area code
	for _, shop := range s.Shops {
		if number, err := phone.Normalize(shop.Phone, shop.Country); err == nil && len(number) > prefix+code {
			return number[prefix : prefix+code]
		}
	}
	return ""
}

// CustomerSearch finds customers.
type CustomerSearch interface {
	Search(ctx context.Context, text, areaCode string, limit int) ([]store.Match, error)
}
