package importer

import (
	"maps"
	"slices"
)

// BuiltIns lists the names of the built-in profiles.
func BuiltIns() []string { return slices.Sorted(maps.Keys(builtIns())) }

// builtIns are starting points, named after the system whose field names they
// know. They follow what the systems publish about their data, not a recorded
// sample of every export, so a shop confirms the first import (see the samples
// in the report) before anything is sent.
func builtIns() map[string]Profile {
	return map[string]Profile{
		"generic": {},
		// authorized=false means "no" in one shop and "not asked yet" in another.
		// Until the shop says which, only posted orders show what was not done.
		"tekmetric": {
			Source: "tekmetric", Amounts: AmountsCents, Dates: DatesISO, Declined: DeclinedAtClose,
			Columns: map[Field][]string{
				FieldLineID: {"jobId", "job.id"}, FieldService: {"jobName", "job.name"}, FieldPrice: {"subtotal", "jobSubtotal"},
				FieldClosedAt: {"postedDate"}, FieldOpenedAt: {"createdDate"}, FieldVoidedAt: {"deletedDate"},
				FieldMarketingOK: {"okForMarketing"}, FieldAdviser: {"serviceWriterName", "serviceWriter"},
				FieldOdometer: {"milesIn"}, FieldOrderTotal: {"totalSales"},
				FieldStatus: {"repairOrderStatus", "repairOrderStatusId"}, FieldCategory: {"jobCategoryName"},
			},
			Values: map[Field]map[string]string{
				FieldAuthorization: {"true": "authorized", "false": "undecided", "": "undecided"},
				FieldStatus: {
					"1": "estimate", "2": "open", "3": "open", "4": "archived", "5": "closed", "6": "closed", "7": "voided",
					"Work-in-Progress": "open", "Complete": "open", "Saved": "archived", "Posted": "closed", "Accounts Receivable": "closed", "Deleted": "voided",
				},
				FieldCustomerKind: {"1": "person", "2": "organization"},
			},
		},
		// A past recommendation with no answer was unsold when the order closed.
		"shopware": {
			Source: "shopware", Dates: DatesISO, Declined: DeclinedAtClose,
			Columns: map[Field][]string{
				FieldLineID: {"recommendation_id", "past_recommendation_id"}, FieldService: {"description"},
				FieldAuthorization: {"approved"}, FieldOrderID: {"repair_order_id"}, FieldMarketingOK: {"marketing_ok"},
				FieldStatus: {"state"}, FieldAdviser: {"advisor_name"}, FieldSeverity: {"inspection_state"},
				FieldDeclinedAt: {"created_at"},
			},
			Values: map[Field]map[string]string{
				FieldAuthorization: {"true": "authorized", "false": "declined", "": "not_authorized_at_close"},
				FieldStatus:        {"estimate": "estimate", "in_progress": "open", "invoice": "closed"},
				FieldCustomerKind:  {"individual": "person", "corporate": "organization"},
			},
		},
		"shopmonkey": {
			Source: "shopmonkey", Amounts: AmountsCents, Dates: DatesISO, Declined: DeclinedAtClose,
			Columns: map[Field][]string{
				FieldOrderID: {"orderId"}, FieldLineID: {"serviceId", "service.id"}, FieldService: {"serviceName", "service.name"},
				FieldAuthorization: {"authorizationStatus"}, FieldTrigger: {"deferredReason"}, FieldDeclinedAt: {"deferredDate"},
				FieldPrice: {"service.totalCents", "serviceTotalCents"}, FieldOrderTotal: {"totalCostCents"}, FieldClosedAt: {"invoicedDate"}, FieldVoidedAt: {"deletedDate"},
				FieldMarketingOK: {"marketingOptIn"}, FieldSMSOK: {"optIn"}, FieldEmailOK: {"subscribed"},
				FieldOdometer: {"mileageIn"}, FieldFinding: {"service.note"}, FieldRecommendation: {"recommendation"},
			},
			Values: map[Field]map[string]string{
				FieldAuthorization: {"Authorized": "authorized", "Declined": "declined", "NotAuthorized": "undecided"},
				FieldTrigger:       {"Archived": "estimate_archived", "Declined": "explicit_decline", "InvoicedNotAuthorized": "closed_unauthorized"},
				FieldStatus:        {"Estimate": "estimate", "RepairOrder": "open", "Invoice": "closed"},
			},
		},
		// Deferred packages, one a row. The list cannot tell a "no" from silence.
		"protractor": {
			Source: "protractor", Dates: DatesISO, Declined: DeclinedEveryRow,
			Columns: map[Field][]string{
				FieldOrderID: {"OriginalWorkOrderID"}, FieldOrderNumber: {"WorkOrderNumber", "InvoiceNumber"}, FieldLineID: {"ID", "ServicePackageID"},
				FieldService: {"Title"}, FieldFinding: {"Description"}, FieldReasonNote: {"Reason"}, FieldCategory: {"Chapter"},
				FieldOpCode: {"Code"}, FieldDeclinedAt: {"CreatedDate"}, FieldPrice: {"EstimatedCost"}, FieldClosedAt: {"InvoiceTime"},
				FieldAdviser: {"ServiceAdvisor"}, FieldOdometer: {"InUsage"}, FieldNoSMS: {"NoMessaging"}, FieldNoEmail: {"NoEmail"},
			},
		},
		// The "Turned Down Services" list: line by line, but without an order number.
		"management-toolbox": {
			Source: "management-toolbox", Dates: DatesUS, Declined: DeclinedEveryRow,
			Columns: map[Field][]string{
				FieldService: {"Service"}, FieldClosedAt: {"Invoice Date"}, FieldOrderTotal: {"Invoice Net Sales"},
				FieldPlate: {"Plate Number"}, FieldVIN: {"VIN Number"}, FieldOdometer: {"Mileage"},
				FieldSeverity: {"Red/Yellow", "Color"},
			},
		},
	}
}
