package importer

// Names of columns that are understood without a profile, folded (see fold).
// The first column of the file that matches a field is taken; within a field the
// order of the names is the order of preference.

// personColumns name the customer and what was agreed with them.
var personColumns = map[Field][]string{
	FieldCustomerID:        {"customerid", "custno", "customernumber", "custid", "customerno", "contactid", "clientid", "accountnumber", "customerexternalid"},
	FieldName:              {"customername", "customer", "name", "fullname", "clientname", "client", "cliente", "nombrecompleto"},
	FieldFirstName:         {"firstname", "first", "givenname", "customerfirstname", "fname", "nombre"},
	FieldLastName:          {"lastname", "last", "surname", "familyname", "customerlastname", "lname", "apellido", "apellidos"},
	FieldCompany:           {"company", "companyname", "business", "businessname", "organization", "empresa"},
	FieldCustomerKind:      {"customertype", "customerkind", "custtype", "accounttype", "tipodecliente"},
	FieldMobile:            {"mobile", "mobilephone", "cell", "cellphone", "phonecell", "cellnumber", "mobilenumber", "textmessagephone", "phonemobile", "celular", "movil"},
	FieldPhone:             {"phone", "phonenumber", "telephone", "primaryphone", "customerphone", "phone1", "contactphone", "telefono", "tel"},
	FieldHomePhone:         {"homephone", "phonehome", "home", "telefonocasa"},
	FieldWorkPhone:         {"workphone", "phonework", "businessphone", "officephone"},
	FieldEmail:             {"email", "emailaddress", "customeremail", "mail", "contactemail", "correo", "correoelectronico"},
	FieldLanguage:          {"language", "preferredlanguage", "lang", "locale", "idioma"},
	FieldTimeZone:          {"timezone", "tz", "customertimezone"},
	FieldPostalCode:        {"zip", "zipcode", "postalcode", "postcode", "postalzipcode", "codigopostal"},
	FieldRegion:            {"state", "province", "stateprov", "stateprovince", "provincestate", "region", "estado"},
	FieldCountry:           {"country", "countrycode", "pais"},
	FieldDeceased:          {"deceased", "isdeceased", "fallecido"},
	FieldMergedInto:        {"mergedinto", "mergedwith", "survivingcustomerid", "mergedintocustomerid"},
	FieldMarketingOK:       {"marketingok", "okformarketing", "marketingoptin", "acceptsmarketing", "oktomarket", "marketingconsent"},
	FieldNoMarketing:       {"nomarketing", "donotmarket", "marketingoptout", "optoutflag"},
	FieldEmailOK:           {"emailok", "emailoptin", "emailconsent", "emailsubscribed", "subscribed", "oktoemail"},
	FieldNoEmail:           {"noemail", "emailoptout", "donotemail", "blockemail", "blockemailflag", "unsubscribed"},
	FieldSMSOK:             {"smsok", "smsoptin", "smsconsent", "textoptin", "oktotext", "textok", "textconsent"},
	FieldNoSMS:             {"nosms", "smsoptout", "textoptout", "donottext", "notext", "nomessaging", "blocktext"},
	FieldCallOK:            {"callok", "oktocall", "phoneok", "callconsent"},
	FieldNoCall:            {"nocall", "donotcall", "dnc", "blockphone", "blockphoneflag"},
	FieldDoNotContact:      {"donotcontact", "donotsolicit", "nocontact", "donotdisturb", "dnd"},
	FieldSMSWrittenAt:      {"smsconsentwritten", "smswrittenconsent", "writtensmsconsent", "smsconsentwrittendate", "tcpaconsentdate"},
	FieldSMSWrittenWording: {"smsconsentwording", "smswrittenconsentwording", "consentwording", "tcpaconsentwording"},
}

// vehicleColumns name the car.
var vehicleColumns = map[Field][]string{
	FieldVIN:     {"vin", "vehiclevin", "vinnumber", "vinno", "serialnumber"},
	FieldPlate:   {"plate", "platenumber", "licenseplate", "licensenumber", "licenseplatenumber", "tag", "placa", "placas"},
	FieldYear:    {"year", "modelyear", "vehicleyear", "yr", "ano"},
	FieldMake:    {"make", "vehiclemake", "carmake", "marca"},
	FieldModel:   {"model", "vehiclemodel", "modelo"},
	FieldVehicle: {"vehicle", "vehicledescription", "ymm", "car", "vehiculo"},
}

// kindColumns name what only one kind of file has.
var kindColumns = map[Kind]map[Field][]string{
	Orders: {
		FieldOrderID:         {"orderid", "repairorderid", "roid", "invoiceid", "workorderid", "orderexternalid"},
		FieldOrderNumber:     {"ordernumber", "repairordernumber", "ronumber", "ro", "rono", "order", "orderno", "invoicenumber", "invoice", "invoiceno", "workordernumber", "workorder", "wo", "repairorder", "orden", "numerodeorden"},
		FieldStatus:          {"orderstatus", "rostatus", "repairorderstatus", "status", "invoicestatus"},
		FieldOpenedAt:        {"openedat", "opendate", "opened", "dateopened", "dateopen", "createddate", "rodate", "orderdate", "datein", "startedat", "bookeddate", "date", "fecha"},
		FieldClosedAt:        {"closedat", "closedate", "closed", "dateclosed", "posteddate", "invoiceddate", "invoicedate", "invoicetime", "completeddate", "dateout"},
		FieldVoidedAt:        {"voidedat", "voideddate", "voiddate", "deleteddate"},
		FieldAdviser:         {"adviser", "advisor", "serviceadvisor", "servicewriter", "writer", "advisorname", "asesor"},
		FieldOdometer:        {"odometer", "mileage", "milesin", "miles", "mileagein", "odometerin", "kilometraje", "millaje"},
		FieldOrderTotal:      {"ordertotal", "rototal", "invoicetotal", "totalsales", "grandtotal"},
		FieldMessagesBlocked: {"messagesblocked", "blockautomsg", "blockivrflag", "noautomessages"},
		FieldLineID:          {"lineid", "jobid", "serviceid", "lineexternalid"},
		FieldService:         {"service", "job", "jobname", "servicename", "line", "linename", "operation", "labordescription", "jobdescription", "description", "deferredservice", "opcodedesc", "opcodedescription", "servicio", "trabajo"},
		FieldFinding:         {"finding", "findings", "technote", "technicianfinding", "techniciannote", "technotes", "techcomment", "inspectionnotes", "cause", "linenote", "hallazgo"},
		FieldOpCode:          {"opcode", "laboropcode", "operationcode", "lbropcode", "jobcode", "servicecode"},
		FieldCategory:        {"category", "jobcategory", "jobcategoryname", "servicecategory", "categoria"},
		FieldSeverity:        {"severity", "color", "inspectionstatus", "inspectioncolor", "priority", "mapcode", "gravedad"},
		FieldAuthorization:   {"authorization", "authorizationstatus", "authorized", "approved", "approval", "decision", "linestatus", "jobstatus", "approvalstatus", "customerdecision", "autorizacion", "aprobado"},
		FieldTrigger:         {"trigger", "deferredtrigger", "deferraltrigger"},
		FieldReason:          {"reason", "declinereason", "declinedreason", "reasondeclined", "motivo"},
		FieldReasonNote:      {"reasonnote", "declinenote", "declinecomment", "customercomment", "reasoncomments"},
		FieldDeclinedAt:      {"declinedat", "declineddate", "datedeclined", "deferreddate", "deferredat", "deferredon"},
		FieldDeferredUntil:   {"deferreduntil", "deferuntil", "deferredfor", "deferredfordue", "followupdate", "agreeddate", "remindon", "duedate"},
		FieldPrice:           {"price", "lineprice", "linetotal", "amount", "quotedprice", "quote", "estimate", "quotedtotal", "subtotal", "jobtotal", "total", "estimatedcost", "saleamount", "precio", "importe"},
		FieldPriceValidUntil: {"pricevaliduntil", "quotevaliduntil", "validuntil", "quoteexpires", "priceexpires"},
		FieldPayType:         {"paytype", "labortype", "paymenttype", "billto"},
		FieldDoneAt:          {"doneat", "donedate", "servicedone", "completedat"},
		FieldPhoto:           {"photo", "photofile", "image", "picture", "inspectionphoto", "foto", "imagen"},
		FieldDuration:        {"duration", "durationminutes", "laborhours", "hours", "booktime", "bookhours", "estimatedtime", "duracion", "horas"},
		FieldRecommendation:  {"recommendation", "recommendations", "comments", "romemo", "notes", "recomendacion", "recomendaciones"},
	},
	Canceled: {
		FieldCancelID:     {"canceledorderid", "cancelid", "orderid", "id", "appointmentid", "estimateid", "bookingid"},
		FieldOrderNumber:  {"ordernumber", "number", "order", "repairordernumber", "ronumber", "ro", "invoicenumber", "estimatenumber", "confirmationnumber"},
		FieldCancelKind:   {"kind", "cancelkind", "canceledkind", "type", "ordertype", "status", "bookingstatus", "appointmentstatus", "tipo"},
		FieldWhat:         {"what", "service", "services", "description", "item", "items", "part", "partdescription", "job", "servicio"},
		FieldOrderTotal:   {"total", "ordertotal", "amount", "price", "deposit", "importe"},
		FieldCancelReason: {"reason", "cancelreason", "cancellationreason", "canceledreason", "cancelledreason", "lostreason", "deletedreason", "motivo"},
		FieldReasonText:   {"reasontext", "cancelnote", "cancelationnote", "cancellationnote", "comments", "note", "notes"},
		FieldCanceledBy:   {"canceledby", "cancelledby", "canceledbywhom", "canceladopor"},
		FieldPlacedAt:     {"placedat", "orderdate", "dateplaced", "createdat", "createddate", "bookeddate", "dateopened"},
		FieldCanceledAt:   {"canceledat", "cancelledat", "canceldate", "canceleddate", "cancelleddate", "datecanceled", "datecancelled", "voideddate", "deleteddate", "date", "fecha"},
		FieldReopenedAt:   {"reopenedat", "reopeneddate", "restoredat"},
	},
	Suppression: {
		FieldAddress:    {"address", "contact", "phoneoremail", "emailorphone", "number", "numero", "destination"},
		FieldChannel:    {"channel", "medium", "canal"},
		FieldReason:     {"reason", "turnoffreason", "optoutreason", "motivo"},
		FieldRecordedAt: {"recordedat", "date", "optoutdate", "optedoutat", "dateadded", "createdat", "fecha"},
	},
}

// suppressionPerson are the only customer columns a suppression list needs.
var suppressionPerson = []Field{FieldMobile, FieldPhone, FieldHomePhone, FieldWorkPhone, FieldEmail}

// synonymsOf returns the names by field for a kind of file.
func synonymsOf(kind Kind) map[Field][]string {
	out := make(map[Field][]string, 64)
	for f, names := range kindColumns[kind] {
		out[f] = names
	}
	if kind == Suppression {
		for _, f := range suppressionPerson {
			out[f] = personColumns[f]
		}
		return out
	}
	for f, names := range personColumns {
		out[f] = names
	}
	if kind == Orders || kind == Canceled {
		for f, names := range vehicleColumns {
			out[f] = names
		}
	}
	return out
}

// fieldsOf lists the fields a kind of file can give.
func fieldsOf(kind Kind) []Field {
	fields := make([]Field, 0, 64)
	for f := range synonymsOf(kind) {
		fields = append(fields, f)
	}
	return fields
}
