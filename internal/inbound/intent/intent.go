package intent

import (
	"maps"
	"slices"
	"sync"
)

// Class says what must be done about a reply.
type Class string

// The classes, from the gravest on. Any of them pauses the follow-up.
const (
	Revoke Class = "revoke" // suppress at once
	Hold   Class = "hold"   // suppress now, and ask a person
	None   Class = "none"   // no refusal
)

// Detail is the finer class below a Class.
type Detail string

// The details of Revoke.
const (
	Keyword     Detail = "keyword"      // an opt-out word and nothing more: "STOP"
	Stop        Detail = "stop"         // asks in a sentence for no more messages
	Unsubscribe Detail = "unsubscribe"  // wants to be off the list, or its data deleted
	LegalThreat Detail = "legal_threat" // speaks of law, lawyers, regulators or harassment
	WrongNumber Detail = "wrong_number" // another person's number; consent for it is void
	Deceased    Detail = "deceased"     // the customer has died
	CallsOnly   Detail = "calls_only"   // no more calls; texts are welcome
	TextsOnly   Detail = "texts_only"   // no more texts; calls or e-mail are welcome
)

// The details of Hold.
const (
	Unclear    Detail = "unclear"     // may be a refusal, or cannot be read
	Negative   Detail = "negative"    // not interested, or an emoji that says no
	Complaint  Detail = "complaint"   // insults, spam reproaches, anger
	WhoIsThis  Detail = "who_is_this" // does not know us
	CancelThat Detail = "cancel_that" // cancels an appointment or order, or perhaps our messages
)

// The details of None.
const (
	Empty         Detail = "empty"          // no words
	OptIn         Detail = "opt_in"         // START or UNSTOP: lifts an opt-out; YES never does
	Help          Detail = "help"           // HELP or INFO
	Reaction      Detail = "reaction"       // a tapback or emoji that does not say no
	AutoReply     Detail = "auto_reply"     // written by a phone or mailbox
	DoneElsewhere Detail = "done_elsewhere" // the work has been done
	SoldVehicle   Detail = "sold_vehicle"   // the vehicle is gone
	NoToItem      Detail = "no_to_item"     // not this repair
	Later         Detail = "later"          // not now
	CallMe        Detail = "call_me"        // wants a call
	Price         Detail = "price"          // about money
	Booking       Detail = "booking"        // wants to come, or says when
	Question      Detail = "question"       // asks something else
	Yes           Detail = "yes"            // agrees
	No            Detail = "no"             // a plain no to what was asked
	Thanks        Detail = "thanks"         // thanks, nothing more
	Other         Detail = "other"          // any other reply
)

var details = map[Class][]Detail{
	Revoke: {Keyword, Stop, Unsubscribe, LegalThreat, WrongNumber, Deceased, CallsOnly, TextsOnly},
	Hold:   {Unclear, Negative, Complaint, WhoIsThis, CancelThat},
	None: {
		Empty, OptIn, Help, Reaction, AutoReply, DoneElsewhere, SoldVehicle, NoToItem, Later, CallMe, Price, Booking,
		Question, Yes, No, Thanks, Other,
	},
}

// Classes lists the classes, the gravest first.
func Classes() []Class { return []Class{Revoke, Hold, None} }

// Details lists the finer classes below c.
func (c Class) Details() []Detail { return slices.Clone(details[c]) }

// Result is what a reply was understood as.
type Result struct {
	Class    Class  `json:"class"`
	Detail   Detail `json:"detail"`
	Rule     string `json:"rule"`     // name of the rule that decided, in rules/*.yaml or built in
	Language string `json:"language"` // en, es or fr; "" if it cannot be told
}

var shipped = sync.OnceValue(func() *ruleset {
	r, err := loadRules(ruleFiles)
	if err != nil {
		panic("intent: " + err.Error()) // embedded, and loaded by every test
	}
	examples, err := wholeCorpus()
	if err != nil {
		panic("intent: " + err.Error())
	}
	r.scales = r.learn(examples)
	return r
})

// Load reads the rules and learns from the labeled replies, which takes a moment.
// Otherwise the first Classify does, while somebody waits for it.
func Load() { shipped() }

// Classify reads one reply, as it came in, with no limit on length or bytes.
func Classify(text string) Result {
	return shipped().classify(text)
}

// reasons of what no rule in rules/*.yaml decides.
var reasons = map[string]string{
	"tapback":        "A phone's report of a reaction to our message.",
	"emoji":          "No words, or an emoji that says no.",
	"empty":          "No words.",
	"keyword":        "Opt-out words and courtesy, nothing more.",
	"other":          "No rule found its words.",
	"foreign-script": "Most of it is in letters the rules cannot read.",
	"unknown-words":  "Most of its words are in no rule and no labeled reply.",
	"too-long":       "Longer than is read, and no refusal in what was.",
	"weighed":        "Its words, weighed by those of the labeled replies, tell more than a phrase does, or another thing.",
}

// Why tells in a sentence why a rule reads replies as it does; "" if there is no
// such rule.
func Why(rule string) string {
	if why, ok := reasons[rule]; ok {
		return why
	}
	for _, r := range shipped().rules {
		if r.id == rule {
			return r.why
		}
	}
	return ""
}

func (r *ruleset) classify(text string) Result {
	m := r.normalize(text)
	result, final := r.decide(m)
	if !final {
		result = r.weighed(result, m)
	}
	if own := r.language(m); own != "" {
		result.Language = own
	}
	if result.Class == None {
		switch {
		case m.foreign:
			result.Class, result.Detail, result.Rule = Hold, Unclear, "foreign-script"
		case m.cut:
			result.Class, result.Detail, result.Rule = Hold, Unclear, "too-long"
		case m.refusing:
			result.Class, result.Detail, result.Rule = Hold, Negative, "emoji"
		}
	}
	return result
}

// decide reads a message by its phrases, and tells whether that is final or its
// words are to be weighed as well.
func (r *ruleset) decide(m message) (result Result, final bool) {
	if m.tapback != "" {
		return Result{Class: m.tapback, Detail: tapbackDetail(m.tapback), Rule: "tapback"}, true
	}
	if len(m.words) == 0 {
		if m.emoji {
			return Result{Class: None, Detail: Reaction, Rule: "emoji"}, true
		}
		return Result{Class: None, Detail: Empty, Rule: "empty"}, true
	}
	search := r.matchers.Get().(*matcher)
	defer r.matchers.Put(search)
	if language, ok := r.onlyKeywords(search, m.words); ok {
		return Result{Class: Revoke, Detail: Keyword, Rule: "keyword", Language: language}, true
	}
	search.load(m.tokens())
	r.hide(search)
	for i := range r.rules {
		rule := &r.rules[i]
		if language, ok := rule.find(search); ok {
			return Result{Class: rule.class, Detail: rule.detail, Rule: rule.id, Language: language}, rule.final
		}
	}
	return Result{Class: None, Detail: Other, Rule: "other"}, false
}

func tapbackDetail(c Class) Detail {
	if c == Hold {
		return Negative
	}
	return Reaction
}

// language is the one with the most words of its own in the message.
func (r *ruleset) language(m message) string {
	best, most := "", 0
	for _, language := range slices.Sorted(maps.Keys(r.common)) {
		n := 0
		for _, w := range m.words {
			if r.common[language][w] {
				n++
			}
		}
		switch {
		case n > most:
			best, most = language, n
		case n == most:
			best = ""
		}
	}
	return best
}

// onlyKeywords reports whether words are opt-out words and courtesy, with at
// least one of the former, and the language of the first.
func (r *ruleset) onlyKeywords(m *matcher, words []string) (language string, ok bool) {
	m.load(words)
	for i := range r.keywords {
		if m.only(&r.keywords[i].node, r.courtesy) {
			return r.keywords[i].language, true
		}
	}
	return "", false
}
