package importer

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// maxOrderLines is where a part of an order is handed on, so that a file in
// which every row has one order number cannot fill the memory.
const maxOrderLines = 1000

// orderGrouper puts consecutive rows of one order together. Orders may repeat
// their columns on every row or give them on the first row only.
type orderGrouper struct {
	current *OrderRecord
	key     string
	broken  int            // line of the row by which the current order was rejected
	seen    map[string]int // lines without a key of their own, by what they are
}

// add takes one row in. It returns an order that is complete by it, if any.
func (g *orderGrouper) add(r *reading) *OrderRecord {
	key, number := r.orderKey()
	service := r.text(FieldService) != "" || r.text(FieldOpCode) != ""
	if key == "" && (g.current != nil || g.broken > 0) && r.continues() {
		if g.broken > 0 {
			r.reject("", "", "the row belongs to the order on line "+strconv.Itoa(g.broken)+", which was rejected", "")
			return nil
		}
		if !service && !r.says(FieldAuthorization) {
			return nil // a subtotal
		}
		return g.addLine(r)
	}
	if key == "" {
		if key = r.derivedOrderKey(); key == "" {
			done := g.finish()
			g.broken = r.line
			r.reject(FieldOrderNumber, "", "no order number, and neither a car nor a customer with a date to tell the order by", "an order number")
			return done
		}
	}
	if g.current != nil && key == g.key {
		return g.addLine(r)
	}
	done := g.finish()
	order := r.order(key, number)
	if r.failed {
		g.broken = r.line
		return done
	}
	g.current, g.key, g.seen = order, key, make(map[string]int)
	g.addLine(r)
	return done
}

// finish returns the order being put together and starts afresh.
func (g *orderGrouper) finish() *OrderRecord {
	done := g.current
	g.current, g.key, g.broken = nil, "", 0
	return done
}

// addLine adds the row's line to the current order. It returns the order so far
// where it has grown too long.
func (g *orderGrouper) addLine(r *reading) *OrderRecord {
	line, ok := r.lineOf(g.current)
	if !ok || r.failed {
		return nil
	}
	if line.Line.ExternalID == "" {
		what := outreach.ServiceKey(line.Line)
		g.seen[what]++
		line.Line.ExternalID = derivedKey(what, strconv.Itoa(g.seen[what]))
	}
	g.current.Lines = append(g.current.Lines, line)
	if len(g.current.Lines) < maxOrderLines {
		return nil
	}
	part := *g.current
	g.current.Lines = nil
	return &part
}

// orderKey is the source's key of the order, else its number.
func (r *reading) orderKey() (key, number string) {
	id, number := r.key(FieldOrderID), r.key(FieldOrderNumber)
	return firstNonEmpty(id, number), number
}

// orderColumns are what a further row of an order leaves empty, where the report
// gives them once. A row that fills any of them is an order that lacks its
// number, and is never counted to the customer of the row before.
var orderColumns = []Field{
	FieldStatus, FieldOpenedAt, FieldClosedAt, FieldVoidedAt, FieldAdviser, FieldOdometer, FieldCustomerID, FieldName, FieldFirstName, FieldLastName,
	FieldCompany, FieldPhone, FieldMobile, FieldHomePhone, FieldWorkPhone, FieldEmail, FieldVIN, FieldPlate, FieldYear, FieldMake, FieldModel, FieldVehicle,
}

// continues reports whether the row leaves open which order it belongs to, as
// the further rows of an order do in some reports.
func (r *reading) continues() bool {
	if !r.given(FieldOrderID) && !r.given(FieldOrderNumber) {
		return false
	}
	return !slices.ContainsFunc(orderColumns, func(f Field) bool { return r.given(f) && r.text(f) != "" })
}

// derivedOrderKey tells orders of lists without numbers by car or customer and day.
func (r *reading) derivedOrderKey() string {
	day := firstNonEmpty(r.text(FieldClosedAt), r.text(FieldOpenedAt), r.text(FieldDeclinedAt))
	who := firstNonEmpty(r.text(FieldVIN), r.text(FieldPlate))
	if who == "" {
		who = strings.Trim(strings.Join([]string{
			r.text(FieldCustomerID), r.text(FieldName), r.text(FieldFirstName), r.text(FieldLastName), r.text(FieldPhone), r.text(FieldMobile),
		}, "|"), "|")
	}
	if day == "" || who == "" {
		return ""
	}
	if t, _, err := r.dates.read(day); err == nil {
		day = t.In(r.dates.zone).Format(time.DateOnly)
	}
	return derivedKey(fold(who), day)
}

// order reads the order's own columns, the customer and the car.
func (r *reading) order(key, number string) *OrderRecord {
	rec := &OrderRecord{
		Order: outreach.Order{
			Source: r.profile.Source, ShopID: r.profile.Shop, ExternalID: key, Number: number,
			Adviser:  properName(r.text(FieldAdviser)),
			Status:   r.status(),
			OpenedAt: r.past(FieldOpenedAt),
			ClosedAt: r.past(FieldClosedAt),
			VoidedAt: r.past(FieldVoidedAt),
			Odometer: r.odometer(),
			Total:    r.amount(FieldOrderTotal),
		},
		Customer: r.customer(),
		Vehicle:  r.vehicle(),
	}
	o := &rec.Order
	o.MessagesBlocked = r.block(FieldMessagesBlocked)
	if r.given(FieldMessagesBlocked) && !o.MessagesBlocked && r.text(FieldMessagesBlocked) != "" {
		rec.Cleared = append(rec.Cleared, FieldMessagesBlocked)
	}
	switch {
	case !o.VoidedAt.IsZero():
		o.Status = outreach.OrderVoided
	case o.Status == "" && !o.ClosedAt.IsZero():
		o.Status = outreach.OrderClosed
	}
	switch o.Status {
	case outreach.OrderEstimate, outreach.OrderOpen:
		o.ClosedAt = time.Time{} // some systems keep the date of the first close
		rec.Cleared = append(rec.Cleared, FieldClosedAt, FieldVoidedAt)
	case outreach.OrderClosed, outreach.OrderArchived:
		rec.Cleared = append(rec.Cleared, FieldVoidedAt)
	}
	return rec
}

// status reads the state of the order. Where the column holds the decision about
// the line instead, it has to be named as such.
func (r *reading) status() outreach.OrderStatus {
	raw := r.text(FieldStatus)
	if r.given(FieldStatus) && r.isDecision(raw) {
		r.warn(FieldStatus, raw, "this is a decision about a line, not the state of an order",
			"the decision in a column of its own; name this column under columns, authorization in the import profile if it holds the decisions")
		to, _ := r.profile.wordFor(FieldStatus, raw)
		return outreach.OrderStatus(to)
	}
	return outreach.OrderStatus(r.word(FieldStatus))
}

// isDecision tells a word for a line's decision. Some of them are states of an
// order as well, and count only where no column is there for decisions.
func (r *reading) isDecision(raw string) bool {
	if _, mapped := r.profile.Values[FieldStatus][fold(raw)]; mapped {
		return false
	}
	switch word := builtInWords[FieldAuthorization][fold(raw)]; word {
	case "declined", wordDeferred:
		return true
	case "authorized":
		return !r.given(FieldAuthorization) && slices.Contains([]string{"approved", "authorized", "accepted"}, fold(raw))
	}
	return false
}

// lineOf reads the row's line, false where the row has none.
func (r *reading) lineOf(order *OrderRecord) (LineRecord, bool) {
	name, opCode := r.text(FieldService), r.text(FieldOpCode)
	if name == "" && opCode == "" {
		r.nameless()
		return LineRecord{}, false
	}
	rec := LineRecord{AuthorizationRaw: r.text(FieldAuthorization)}
	rec.Line = outreach.Line{
		ExternalID:      r.key(FieldLineID),
		Name:            firstNonEmpty(name, opCode),
		Finding:         r.text(FieldFinding),
		OpCode:          opCode,
		DeclineNote:     r.text(FieldReasonNote),
		Price:           r.price(),
		PriceValidUntil: r.lastDay(FieldPriceValidUntil),
		PayType:         r.payType(),
		DoneAt:          r.past(FieldDoneAt),
		Photo:           r.photo(),
		Duration:        r.duration(),
		DeferredUntil:   r.date(FieldDeferredUntil),
		Trigger:         outreach.DeferralTrigger(r.word(FieldTrigger)),
	}
	l := &rec.Line
	l.Category = r.category(name, opCode)
	l.Severity = r.severity(l.Category)
	r.authorize(order.Order, l)
	r.reason(l)
	l.DeclinedAt = r.past(FieldDeclinedAt)
	if l.Open() && l.DeclinedAt.IsZero() {
		l.DeclinedAt = order.Order.ClosedAt
		if l.DeclinedAt.IsZero() {
			l.DeclinedAt = order.Order.OpenedAt
		}
	}
	if l.Authorization == outreach.Authorized {
		rec.Cleared = append(rec.Cleared, FieldDeferredUntil)
	}
	return rec, true
}

// nameless rejects a row that gives a line's decision or price but not what the
// line is. Without either it is a row about the order alone.
func (r *reading) nameless() {
	if !r.given(FieldService) && !r.given(FieldOpCode) {
		return // a list of free texts
	}
	switch {
	case r.says(FieldAuthorization):
		r.reject(FieldAuthorization, r.text(FieldAuthorization), "no service or op code on a line with a decision", "a service or op code")
	case r.says(FieldPrice):
		r.reject(FieldPrice, r.text(FieldPrice), "no service or op code on a line with a price", "a service or op code")
	}
}

// payType keeps words that are not ours: whoever pays, it is not the customer
// unless the file says so.
func (r *reading) payType() string {
	raw := r.text(FieldPayType)
	if to, ok := r.profile.wordFor(FieldPayType, raw); ok {
		return to
	}
	return strings.ToLower(raw)
}

func (r *reading) category(name, opCode string) string {
	raw := r.text(FieldCategory)
	if to, ok := r.profile.Values[FieldCategory][fold(raw)]; ok {
		return to
	}
	group := outreach.ComponentOf(name, opCode)
	if group == outreach.OtherPart && raw != "" {
		return outreach.ComponentOf(raw, "")
	}
	return group
}

// severity is what the source says, never more.
func (r *reading) severity(component string) outreach.Severity {
	raw := r.text(FieldSeverity)
	if raw == "" {
		return ""
	}
	if to, ok := r.profile.Values[FieldSeverity][fold(raw)]; ok {
		return outreach.SeverityFrom(to, component)
	}
	return outreach.SeverityFrom(raw, component)
}

// authorize decides the line's authorization and by which sign.
func (r *reading) authorize(order outreach.Order, l *outreach.Line) {
	word := r.authorizationWord()
	if slices.ContainsFunc(r.profile.DeclineOpCodes, func(code string) bool { return l.OpCode != "" && strings.EqualFold(code, l.OpCode) }) {
		l.Authorization, l.Trigger = outreach.Declined, outreach.DeclineOpCode
		return
	}
	if word == "" && !l.DeferredUntil.IsZero() {
		word = wordDeferred
	}
	switch outreach.Authorization(word) {
	case wordDeferred:
		l.Authorization, l.Trigger = outreach.Declined, firstNonEmpty(l.Trigger, outreach.ManualDeferral)
	case outreach.Declined:
		l.Authorization, l.Trigger = outreach.Declined, firstNonEmpty(l.Trigger, outreach.ExplicitDecline)
	case outreach.NotAuthorizedAtClose:
		l.Authorization, l.Trigger = outreach.NotAuthorizedAtClose, firstNonEmpty(l.Trigger, closeTrigger(order.Status))
	case outreach.Authorized:
		l.Authorization, l.Trigger = outreach.Authorized, ""
	case outreach.AuthorizationUnknown:
		l.Authorization = outreach.AuthorizationUnknown
	default:
		r.unanswered(order, l, outreach.Authorization(word))
	}
}

// authorizationWord reads the decision; a word nobody knows is unknown, not a no.
func (r *reading) authorizationWord() string {
	raw := r.text(FieldAuthorization)
	if raw == "" && !r.given(FieldAuthorization) {
		return ""
	}
	word, ok := r.profile.wordFor(FieldAuthorization, raw)
	if !ok {
		r.warn(FieldAuthorization, raw, "the word is not known, so the line will not be followed up", wordsFor(FieldAuthorization))
	}
	if raw != "" && word == "" {
		return string(outreach.AuthorizationUnknown)
	}
	return word
}

// unanswered judges a line on which the customer's decision is not on record.
func (r *reading) unanswered(order outreach.Order, l *outreach.Line, stated outreach.Authorization) {
	ended := order.Status == outreach.OrderClosed || order.Status == outreach.OrderArchived
	switch {
	case l.Trigger == outreach.ExplicitDecline:
		l.Authorization = outreach.Declined
	case l.Trigger != "":
		l.Authorization = outreach.NotAuthorizedAtClose
	case r.profile.Declined == DeclinedEveryRow:
		l.Authorization, l.Trigger = outreach.NotAuthorizedAtClose, outreach.RecommendedNotSold
	case r.profile.Declined == DeclinedAtClose && stated == outreach.Undecided && ended:
		l.Authorization, l.Trigger = outreach.NotAuthorizedAtClose, closeTrigger(order.Status)
	default:
		l.Authorization = stated
	}
}

func closeTrigger(status outreach.OrderStatus) outreach.DeferralTrigger {
	if status == outreach.OrderArchived {
		return outreach.EstimateArchived
	}
	return outreach.ClosedUnauthorized
}

// reason reads the customer's own reason. Words that are no code are kept as a note.
func (r *reading) reason(l *outreach.Line) {
	raw := r.text(FieldReason)
	if raw == "" {
		return
	}
	if to, ok := r.profile.wordFor(FieldReason, raw); ok {
		l.DeclineReason = outreach.DeclineReason(to)
		return
	}
	l.DeclineReason = outreach.ReasonOther
	l.DeclineNote = firstNonEmpty(l.DeclineNote, raw)
}

// candidate reports whether the line could start a follow-up: open, on an order
// that stands, and the customer's own to pay.
func candidate(o outreach.Order, l outreach.Line) bool {
	return l.Open() && o.Status != outreach.OrderVoided && (l.PayType == "" || l.PayType == "customer")
}
