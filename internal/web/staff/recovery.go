package staff

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
)

// Recovery is where the shop's mistakes are made good.
type Recovery interface {
	OpenCases(ctx context.Context, now time.Time) ([]store.Case, error)
	ClosedCases(ctx context.Context, text string, limit int) ([]store.Case, error)
	Subject(ctx context.Context, customerID int64) (store.CaseSubject, error)
	SubjectsByOrder(ctx context.Context, number string) ([]store.CaseSubject, error)
	Start(ctx context.Context, now time.Time, o store.CaseOpening) (id int64, fresh bool, err error)

	ByID(ctx context.Context, id int64) (store.Case, error)
	History(ctx context.Context, id int64) ([]store.CaseEvent, error)
	Household(ctx context.Context, customerID int64) ([]string, error)
	Change(ctx context.Context, now time.Time, who, what string, c outreach.RecoveryCase) error
}

// recoveryView is what the list of cases shows.
type recoveryView struct {
	Now    time.Time
	Open   []store.Case
	Closed []store.Case
	Search string
	// About is whom a new case is about, by the customer's page; Choices are several
	// by an order's number.
	About   *store.CaseSubject
	Choices []store.CaseSubject
	Order   string
	Typed   string // what happened
	Problem string
}

// mostClosed is how many closed cases the page shows; the search finds the others.
const mostClosed = 50

// recoveryPages are the list of recovery cases, and how one is opened.
type recoveryPages struct{ *Site }

func (s recoveryPages) recoveryPage(v *visit) error {
	var view recoveryView
	if typed := v.URL.Query().Get("customer_id"); typed != "" {
		about, err := s.subject(v, typed)
		if err != nil {
			return err
		}
		view.About = &about
	}
	view.Search = strings.ToValidUTF8(strings.ReplaceAll(v.URL.Query().Get("search"), "\x00", ""), "")
	return s.showRecovery(v, http.StatusOK, view)
}

func (s recoveryPages) showRecovery(v *visit, status int, view recoveryView) (err error) {
	view.Now = v.now
	if view.Open, err = s.Recovery.OpenCases(v.Context(), v.now); err != nil {
		return err
	}
	if view.Closed, err = s.Recovery.ClosedCases(v.Context(), view.Search, mostClosed); err != nil {
		return err
	}
	if status != http.StatusOK {
		v.status = status
	}
	s.show(v, "recovery", view)
	return nil
}

// subject reads the number of a customer.
func (s recoveryPages) subject(v *visit, typed string) (store.CaseSubject, error) {
	id, err := strconv.ParseInt(typed, 10, 64)
	if err != nil {
		return store.CaseSubject{}, problem{http.StatusNotFound, "There is no such customer."}
	}
	about, err := s.Recovery.Subject(v.Context(), id)
	if errors.Is(err, store.ErrNoCustomer) {
		err = problem{http.StatusNotFound, "There is no such customer."}
	}
	return about, err
}

// decideWithin is how many days the general manager has, unless told otherwise.
const decideWithin = 2

func (s recoveryPages) openCase(v *visit) error {
	f := form{visit: v, zone: s.zone}
	view := recoveryView{Typed: f.text("happened", "What happened"), Order: f.text("order", "Order")}
	about, err := s.caseSubject(v, &view)
	if err != nil {
		return err
	}
	if view.Typed == "" {
		view.Choices, view.Problem = nil, "Write what happened, as far as you know it now. One sentence is enough."
	}
	if view.Problem == "" {
		view.Problem = f.problem()
	}
	if view.Problem != "" {
		return s.showRecovery(v, http.StatusUnprocessableEntity, view)
	}
	id, fresh, err := s.Recovery.Start(v.Context(), v.now, store.CaseOpening{
		CustomerID: about.CustomerID, OrderID: about.OrderID, ShopID: s.mainShop(), Happened: view.Typed, Who: v.user.Login,
		DecideBy: endOfDay(v.now.In(s.zone).AddDate(0, 0, decideWithin)),
	})
	switch {
	case errors.Is(err, store.ErrNoCustomer):
		return problem{http.StatusNotFound, "There is no such customer."}
	case err != nil:
		return err
	case !fresh:
		return casePages(s).showCase(v, http.StatusConflict, id, caseView{
			Problem: "A case of this customer is open already: this one. What you wrote stands below what happened so far, and is not saved yet.",
			Add:     view.Typed,
		})
	}
	s.tell(v, "The case is open. From now on nothing automatic goes to the customer or the household.")
	return v.to(fmt.Sprintf("/recovery/%d", id))
}

// caseSubject finds out whom a new case is about: the customer, or whoever is on
// the order of a number.
func (s recoveryPages) caseSubject(v *visit, view *recoveryView) (store.CaseSubject, error) {
	if typed := v.PostFormValue("customer_id"); typed != "" {
		about, err := s.subject(v, typed)
		view.About = &about
		about.OrderID, _ = strconv.ParseInt(v.PostFormValue("order_id"), 10, 64) // none, unless chosen from a list
		return about, err
	}
	if view.Order == "" {
		view.Problem = "Say which order it is about, or open the case from the customer's page."
		return store.CaseSubject{}, nil
	}
	found, err := s.Recovery.SubjectsByOrder(v.Context(), view.Order)
	switch {
	case err != nil:
		return store.CaseSubject{}, err
	case len(found) == 0:
		view.Problem = "There is no order of this number with a customer. Open the case from the customer's page."
		return store.CaseSubject{}, nil
	case len(found) > 1:
		view.Choices, view.Problem = found, "Several orders have this number. Choose one."
		return store.CaseSubject{}, nil
	}
	return found[0], nil
}

// mainShop is the shop of customers who have no order.
func (s recoveryPages) mainShop() string {
	if len(s.Shops) == 0 {
		return ""
	}
	return s.Shops[0].ID
}
