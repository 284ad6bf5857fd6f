package staff

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
)

// caseView is what the page of a case shows.
type caseView struct {
	store.Case
	Late      bool
	Form      caseForm
	Household []string
	History   []store.CaseEvent
	Meanwhile []store.CaseEvent // changes by others since the visitor opened the page
	Add       string            // what the visitor wrote to open another case
	Unkept    string            // what the visitor typed and cannot be kept here
	Problem   string
}

// liability is an estimate as it is shown: a sum, and how it came about.
type liability struct {
	Known                             bool
	Value, Repair, Sum, Insured, Rest outreach.Money
}

// Liability is the estimate of the case.
func (c caseView) Liability() liability {
	money := func(minor int64) outreach.Money { return outreach.Money{Minor: minor, Currency: c.Currency} }
	e := c.Estimate
	sum, known := e.Liability()
	return liability{
		Known: known, Value: money(e.Value), Repair: money(e.Repair), Sum: money(sum), Insured: money(e.Insured), Rest: money(sum - e.Insured),
	}
}

// caseForm is the fields of a case by their names.
type caseForm struct {
	Typed  map[string]string
	Was    map[string]string // when the visitor began to type
	Theirs map[string]string // what somebody else wrote meanwhile where the visitor typed
}

// caseFields are the names of the fields that advisers fill in.
var caseFields = []string{
	"happened", "apologized_by", "apologized_on", "value", "repair", "insured", "asked", "offered", "next_step", "next_by", "decide_by",
}

// deedFields are the fields of what a manager does with a case.
var deedFields = []string{"decision", "lesson", "reason"}

// casePages are one recovery case.
type casePages struct{ *Site }

// fieldsOf returns the fields of a case as they stand in a form.
func (s casePages) fieldsOf(c outreach.RecoveryCase) map[string]string {
	money := func(minor int64) string {
		if minor == 0 {
			return ""
		}
		return outreach.Money{Minor: minor, Currency: c.Currency}.String()
	}
	day := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.In(s.zone).Format(time.DateOnly)
	}
	return map[string]string{
		"happened": c.Happened, "apologized_by": c.ApologizedBy, "apologized_on": day(c.ApologizedAt),
		"value": money(c.Estimate.Value), "repair": money(c.Estimate.Repair), "insured": money(c.Estimate.Insured),
		"asked": c.Asked, "offered": c.Offered, "next_step": c.NextStep, "next_by": day(c.NextAt), "decide_by": day(c.DecideBy),
	}
}

// typedFields returns what a visitor typed into the fields of a case, and what
// stood there before.
func typedFields(v *visit) caseForm {
	out := caseForm{Typed: map[string]string{}, Was: map[string]string{}}
	read := func(field string) string {
		return strings.TrimSpace(strings.ReplaceAll(strings.ToValidUTF8(v.PostFormValue(field), ""), "\r\n", "\n"))
	}
	for _, name := range caseFields {
		out.Typed[name], out.Was[name] = read(name), read("was_"+name)
	}
	return out
}

// meet puts what a visitor typed together with what somebody else wrote
// meanwhile: a field that only the other one changed shows the change.
func (f caseForm) meet(now map[string]string) caseForm {
	out := caseForm{Typed: maps.Clone(f.Typed), Was: now, Theirs: map[string]string{}}
	for _, name := range caseFields {
		switch {
		case f.Typed[name] == f.Was[name]:
			out.Typed[name] = now[name]
		case now[name] != f.Was[name] && now[name] != f.Typed[name]:
			out.Theirs[name] = now[name]
		}
	}
	return out
}

// apply writes what was typed into a case.
func (f *form) apply(c *outreach.RecoveryCase) {
	c.Happened = f.text("happened", "What happened")
	c.ApologizedBy = f.text("apologized_by", "Who apologized")
	c.ApologizedAt = f.day("apologized_on", "Apologized on")
	c.Estimate.Value = f.money("value", "Value fully repaired", c.Currency)
	c.Estimate.Repair = f.money("repair", "Cost of repair", c.Currency)
	c.Estimate.Insured = f.money("insured", "Covered by the insurer", c.Currency)
	c.Asked = f.text("asked", "What the customer asks")
	c.Offered = f.text("offered", "What we offer")
	c.NextStep = f.text("next_step", "Next step")
	c.NextAt = f.ahead("next_by", "Next step by", c.NextAt)
	c.DecideBy = f.ahead("decide_by", "To be decided by", c.DecideBy)
	if c.ApologizedAt.After(f.now) {
		f.complain("An apology is written down once it was made.")
	}
}

// ahead reads a deadline. One that was set before may have passed by itself.
func (f *form) ahead(field, name string, was time.Time) time.Time {
	by := f.deadline(field, name)
	if !by.IsZero() && !by.Equal(was) && by.Before(f.now) {
		f.complain("The day of “%s” has passed. Choose today or a later one.", name)
	}
	return by
}

func (s casePages) casePage(v *visit) error {
	id, err := strconv.ParseInt(v.PathValue("id"), 10, 64)
	if err != nil {
		return errNoCase
	}
	return s.showCase(v, http.StatusOK, id, caseView{})
}

var errNoCase = problem{http.StatusNotFound, "There is no such case."}

func (s casePages) showCase(v *visit, status int, id int64, view caseView) (err error) {
	view.Case, err = s.Recovery.ByID(v.Context(), id)
	if errors.Is(err, store.ErrNoCase) {
		return errNoCase
	}
	if err != nil {
		return err
	}
	if view.Household, err = s.Recovery.Household(v.Context(), view.CustomerID); err != nil {
		return err
	}
	if view.History, err = s.Recovery.History(v.Context(), id); err != nil {
		return err
	}
	view.Late = view.Overdue(v.now)
	now := s.fieldsOf(view.RecoveryCase)
	if view.Form.Typed == nil {
		view.Form = caseForm{Typed: maps.Clone(now)}
		view.Form.Typed["happened"] = strings.TrimSpace(now["happened"] + "\n\n" + view.Add)
	} else {
		view.Form = view.Form.meet(now)
	}
	view.Form.Was = now
	for _, name := range deedFields {
		view.Form.Typed[name] = v.PostFormValue(name)
	}
	if status != http.StatusOK {
		v.status = status
	}
	s.show(v, "case", view)
	return nil
}

// changeCase writes the facts of a case.
func (s casePages) changeCase(v *visit) error {
	typed := typedFields(v)
	return s.alterCase(v, deed{"change recovery case", "The case is saved."}, caseView{Form: typed, Unkept: typed.news()}, (*form).apply)
}

// news lists what the visitor typed into fields that said something else.
func (f caseForm) news() string {
	var out []string
	for _, name := range caseFields {
		if f.Typed[name] != f.Was[name] && f.Typed[name] != "" {
			out = append(out, f.Typed[name])
		}
	}
	return strings.Join(out, "\n\n")
}

// decideCase writes the general manager's decision.
func (s casePages) decideCase(v *visit) error {
	return s.alterCase(v, deed{"decide recovery case", "The decision is on record. Tell the customer yourself, as soon as you can."}, caseView{Unkept: v.PostFormValue("decision")}, func(f *form, c *outreach.RecoveryCase) {
		if c.Decision = f.text("decision", "Decision"); c.Decision == "" {
			f.complain("Write down what you decided.")
		}
		c.DecidedBy, c.DecidedAt = f.user.Login, f.now
	})
}

// closeCase ends a case that was decided.
func (s casePages) closeCase(v *visit) error {
	return s.alterCase(v, deed{"close recovery case", "The case is closed. What the playbooks plan may go out again."}, caseView{Unkept: v.PostFormValue("lesson")}, func(f *form, c *outreach.RecoveryCase) {
		if !c.Decided() {
			f.complain("Decide first. A case that was none is closed as opened by mistake.")
		}
		if c.Lesson = f.text("lesson", "Lesson"); c.Lesson == "" {
			f.complain("Write down what the shop learned.")
		}
		c.ClosedBy, c.ClosedAt = f.user.Login, f.now
	})
}

// dropCase ends a case that was opened by mistake.
func (s casePages) dropCase(v *visit) error {
	return s.alterCase(v, deed{"close recovery case opened by mistake", "The case is closed as opened by mistake. What the playbooks plan may go out again."}, caseView{Unkept: v.PostFormValue("reason")}, func(f *form, c *outreach.RecoveryCase) {
		if c.Decided() {
			f.complain("The general manager decided this case, and closes it.")
		}
		if c.Lesson = f.text("reason", "Reason"); c.Lesson == "" {
			f.complain("Write down why this was no case.")
		}
		c.ClosedBy, c.ClosedAt = f.user.Login, f.now
	})
}

// deed is what somebody does with a case: for the audit log, and as it is told.
type deed struct{ what, told string }

// alterCase changes a case, unless somebody else did since the visitor opened its
// page, and shows the page. view holds what the visitor typed.
func (s casePages) alterCase(v *visit, d deed, view caseView, alter func(*form, *outreach.RecoveryCase)) error {
	id, err := strconv.ParseInt(v.PathValue("id"), 10, 64)
	if err != nil {
		return errNoCase
	}
	c, err := s.Recovery.ByID(v.Context(), id)
	if errors.Is(err, store.ErrNoCase) {
		return errNoCase
	}
	if err != nil {
		return err
	}
	next := c.RecoveryCase
	if next.Version, err = strconv.Atoi(v.PostFormValue("version")); err != nil {
		return problem{http.StatusUnprocessableEntity, "The form was not complete. Open the case again."}
	}
	f := form{visit: v, zone: s.zone}
	alter(&f, &next)
	if len(f.wrong) > 0 && c.Open() {
		view.Problem, view.Unkept = f.problem(), ""
		return s.showCase(v, http.StatusUnprocessableEntity, id, view)
	}
	err = s.Recovery.Change(v.Context(), v.now, v.user.Login, d.what, next)
	switch {
	case errors.Is(err, store.ErrCaseClosed):
		view.Problem = "This case was closed meanwhile. Nothing was changed."
		return s.showCase(v, http.StatusConflict, id, view)
	case errors.Is(err, store.ErrCaseChanged):
		view.Problem, view.Unkept = "Somebody else changed this case while you were writing. Nothing of yours is saved yet: look at both, then save again.", ""
		return s.showChanged(v, id, next.Version, view)
	case err != nil:
		return err
	}
	s.tell(v, d.told)
	return v.to(fmt.Sprintf("/recovery/%d", id))
}

// showChanged shows a case with what others changed since a version of it. Each
// change is one entry of the history.
func (s casePages) showChanged(v *visit, id int64, since int, view caseView) error {
	c, err := s.Recovery.ByID(v.Context(), id)
	if err != nil {
		return err
	}
	history, err := s.Recovery.History(v.Context(), id)
	if err != nil {
		return err
	}
	n := max(c.Version-since, 0)
	view.Meanwhile = history[max(len(history)-n, 0):]
	return s.showCase(v, http.StatusConflict, id, view)
}
