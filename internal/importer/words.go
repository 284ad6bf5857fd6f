package importer

import "github.com/courtesyd/courtesyd/internal/outreach"

// Words that are not a state of ours but say more than one.
const (
	wordDeferred = "deferred" // declined for now, to be spoken of again
	wordLeaveOut = "leave_out"
	wordYes      = "yes"
	wordNo       = "no"
)

// canonical lists, for each field with fixed words, what a profile may map to.
var canonical = map[Field][]string{
	FieldStatus: {"estimate", "open", "closed", "voided", "archived"},
	FieldAuthorization: {
		"undecided", "authorized", "declined", "not_authorized_at_close", "unknown", wordDeferred,
	},
	FieldTrigger: {
		"explicit_decline", "closed_unauthorized", "estimate_archived", "recommended_not_sold", "decline_op_code", "free_text", "inspection_refusal", "manual",
	},
	FieldReason: {
		"cost_exceeds_budget", "time", "second_opinion", "cheaper_elsewhere", "do_it_myself", "not_convinced", "selling_or_lease_end", "vehicle_not_worth_it",
		"needs_car", "waiting_on_parts", "warranty_elsewhere", "done_elsewhere", "no_longer_owns", "other", "not_recorded",
	},
	FieldSeverity:     {"safety", "required", "suggested", "maintenance", "unknown"},
	FieldPayType:      {"customer", "warranty", "internal"},
	FieldCustomerKind: {"person", "organization", "fleet"},
	FieldLanguage:     {"en", "es", "fr"},
	FieldCategory: {
		outreach.Brakes, outreach.Steering, outreach.Suspension, outreach.Tires, outreach.Wheels, outreach.Visibility, outreach.Lighting, outreach.Engine,
		outreach.Cooling, outreach.Transmission, outreach.Electrical, outreach.Battery, outreach.Fluids, outreach.Filters, outreach.Belts, outreach.Exhaust,
		outreach.HVAC, outreach.OtherPart,
	},
	FieldCancelKind: {
		"estimate_rejected", "order_voided", "appointment_canceled", "no_show", "special_order_part", "online_order", wordLeaveOut,
	},
	FieldCancelReason:    {"cost", "plans_changed", "found_another_way", "misunderstanding", "part_delayed", "other", "not_recorded", wordLeaveOut},
	FieldCanceledBy:      {"customer", "shop", "system", "unknown"},
	FieldChannel:         {"sms", "email", "call", "all"},
	FieldMarketingOK:     {wordYes, wordNo},
	FieldNoMarketing:     {wordYes, wordNo},
	FieldEmailOK:         {wordYes, wordNo},
	FieldNoEmail:         {wordYes, wordNo},
	FieldSMSOK:           {wordYes, wordNo},
	FieldNoSMS:           {wordYes, wordNo},
	FieldCallOK:          {wordYes, wordNo},
	FieldNoCall:          {wordYes, wordNo},
	FieldDoNotContact:    {wordYes, wordNo},
	FieldMessagesBlocked: {wordYes, wordNo},
	FieldDeceased:        {wordYes, wordNo},
}

// builtInWords maps folded words of the trade to ours. A bare "no" to
// "authorized" is not a decline: many systems write it for "not asked yet".
var builtInWords = map[Field]map[string]string{
	FieldStatus: wordTable(map[string][]string{
		"estimate": {"estimate", "quote", "quoted", "presupuesto", "pendingapproval"},
		"open":     {"open", "inprogress", "workinprogress", "wip", "repairorder", "ro", "approved", "readytobill", "warrantyhold", "onhold", "complete", "completed", "abierta"},
		"closed":   {"closed", "invoice", "invoiced", "posted", "paid", "accountsreceivable", "pickedup", "cerrada", "facturada"},
		"voided":   {"void", "voided", "deleted", "canceled", "cancelled", "anulada", "cancelada"},
		"archived": {"archived", "saved", "archivedestimate", "abandoned", "archivada"},
	}),
	FieldAuthorization: wordTable(map[string][]string{
		"authorized": {"authorized", "approved", "yes", "y", "true", "1", "accepted", "sold", "completed", "done", "performed", "si", "autorizado", "aprobado", "aceptado"},
		"undecided": {
			"undecided", "pending", "notasked", "recommended", "presented", "estimate", "notauthorized", "notapproved", "unapproved", "unauthorized", "no", "n", "false", "0",
			"waiting", "pendiente", "recomendado", "open",
		},
		"declined":                {"declined", "decline", "rejected", "refused", "turneddown", "customerdeclined", "denied", "notinterested", "rechazado", "rechazada", "declinado"},
		"not_authorized_at_close": {"notauthorizedatclose", "unsold", "invoicednotauthorized", "notsold", "lost", "novendido"},
		wordDeferred:              {"deferred", "postponed", "later", "notnow", "nexttime", "nextvisit", "pospuesto", "diferido"},
		"unknown":                 {"unknown"},
	}),
	FieldTrigger: wordTable(map[string][]string{
		"explicit_decline":     {"explicitdecline", "declined"},
		"closed_unauthorized":  {"closedunauthorized", "invoicednotauthorized"},
		"estimate_archived":    {"estimatearchived", "archived"},
		"recommended_not_sold": {"recommendednotsold", "unsold"},
		"decline_op_code":      {"declineopcode"},
		"free_text":            {"freetext"},
		"inspection_refusal":   {"inspectionrefusal", "mpirefusal"},
		"manual":               {"manual", "manualdeferral"},
	}),
	FieldReason: wordTable(map[string][]string{
		"cost_exceeds_budget":  {"costexceedsbudget", "declinecostexceedsbudget", "cost", "price", "budget", "money", "tooexpensive", "cannotafford", "cantafford", "dinero", "costo", "precio"},
		"time":                 {"time", "notime", "timing", "tiempo"},
		"second_opinion":       {"secondopinion", "segundaopinion"},
		"cheaper_elsewhere":    {"cheaperelsewhere", "pricematch"},
		"do_it_myself":         {"doitmyself", "diy", "self", "willdoitmyself"},
		"not_convinced":        {"notconvinced", "notneeded", "doesnotseeneed"},
		"selling_or_lease_end": {"sellingorleaseend", "selling", "leaseend", "tradingin", "tradein"},
		"vehicle_not_worth_it": {"vehiclenotworthit", "notworthit"},
		"needs_car":            {"needscar", "needsvehicle", "needscartoday"},
		"waiting_on_parts":     {"waitingonparts", "parts", "partsbackordered"},
		"warranty_elsewhere":   {"warrantyelsewhere", "dealerwarranty"},
		"done_elsewhere":       {"doneelsewhere", "hechoenotrolugar"},
		"no_longer_owns":       {"nolongerowns", "sold", "doesnotownthisvehicle", "vehiclesold"},
		"other":                {"other", "otro"},
		"not_recorded":         {"notrecorded", "unknown"},
	}),
	FieldPayType: wordTable(map[string][]string{
		"customer": {"customer", "customerpay", "cp", "c", "retail", "cash"},
		"warranty": {"warranty", "warr", "w", "manufacturer", "wp", "garantia"},
		"internal": {"internal", "int", "i", "dealer", "interno"},
	}),
	FieldCustomerKind: wordTable(map[string][]string{
		"person":       {"person", "individual", "retail", "customer", "persona"},
		"organization": {"organization", "business", "corporate", "company", "commercial", "empresa"},
		"fleet":        {"fleet", "flotilla", "flota"},
	}),
	FieldLanguage: wordTable(map[string][]string{
		"en": {"en", "eng", "english", "enus", "enca", "ingles"},
		"es": {"es", "spa", "spanish", "espanol", "esus", "esmx", "castellano"},
		"fr": {"fr", "fre", "fra", "french", "francais", "frca"},
	}),
	FieldCancelKind: wordTable(map[string][]string{
		"estimate_rejected":    {"estimaterejected", "estimatedeclined", "rejectedestimate", "quotelost", "lost"},
		"order_voided":         {"ordervoided", "rovoided", "voided", "void", "voidedro", "repairordervoided", "deleted"},
		"appointment_canceled": {"appointmentcanceled", "appointmentcancelled", "canceledappointment", "cancelledappointment", "cancelledbycustomer", "canceledbycustomer", "cancelledbyseller", "canceledbyseller", "bookingcanceled", "bookingcancelled", "appointment", "declineinbound"},
		"no_show":              {"noshow", "appointmentnoshow", "missedappointment", "missed"},
		"special_order_part":   {"specialorderpart", "specialorder", "sop", "specialorderparts"},
		"online_order":         {"onlineorder", "weborder", "online", "ecommerce", "shopify", "woocommerce"},
		wordLeaveOut:           {"declinedbyseller", "rejectedbyshop", "declineoutbound"},
	}),
	FieldCancelReason: wordTable(map[string][]string{
		"cost":              {"cost", "price", "tooexpensive", "budget", "costo", "precio"},
		"plans_changed":     {"planschanged", "changeofplans", "customer", "changedmind", "time", "schedule", "cambiodeplanes"},
		"found_another_way": {"foundanotherway", "doneelsewhere", "wentelsewhere", "elsewhere"},
		"misunderstanding":  {"misunderstanding", "mistake", "error", "malentendido"},
		"part_delayed":      {"partdelayed", "inventory", "backordered", "outofstock", "parts"},
		"other":             {"other", "staff", "otro"},
		"not_recorded":      {"notrecorded", "unknown"},
		wordLeaveOut:        {"fraud", "fraudulent", "declined", "paymentdeclined", "paymentfailed", "carddeclined"},
	}),
	FieldCanceledBy: wordTable(map[string][]string{
		"customer": {"customer", "client", "buyer", "guest", "cliente"},
		"shop":     {"shop", "seller", "staff", "advisor", "adviser", "merchant", "taller"},
		"system":   {"system", "auto", "automatic", "timer", "timeout"},
		"unknown":  {"unknown"},
	}),
	FieldChannel: wordTable(map[string][]string{
		"sms":   {"sms", "text", "texts", "mobile"},
		"email": {"email", "mail"},
		"call":  {"call", "phone", "voice"},
		"all":   {"all", "any", "every", "both", "everything", "todos"},
	}),
}

// yesNo are the words of every yes-or-no field.
var yesNo = wordTable(map[string][]string{
	wordYes: {"yes", "y", "true", "1", "x", "on", "t", "checked", "optin", "optedin", "subscribed", "si", "s", "verdadero"},
	wordNo:  {"no", "n", "false", "0", "off", "f", "unchecked", "optout", "optedout", "unsubscribed", "falso"},
})

// wordTable turns a list of words by meaning into meanings by word.
func wordTable(byMeaning map[string][]string) map[string]string {
	out := make(map[string]string)
	for meaning, words := range byMeaning {
		for _, w := range words {
			out[w] = meaning
		}
	}
	return out
}

// wordFor finds our word for the source's: the profile's own first, then the
// built-in ones. The empty word is only known to profiles.
func (p Profile) wordFor(f Field, raw string) (string, bool) {
	folded := fold(raw)
	if to, ok := p.Values[f][folded]; ok {
		return to, true
	}
	if folded == "" {
		return "", raw == ""
	}
	if to, ok := builtInWords[f][folded]; ok {
		return to, true
	}
	if isYesNo(f) {
		to, ok := yesNo[folded]
		return to, ok
	}
	return "", false
}

func isYesNo(f Field) bool {
	words := canonical[f]
	return len(words) == 2 && words[0] == wordYes
}
