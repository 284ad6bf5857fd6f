package customer

import (
	"net/http"

	"golang.org/x/text/language"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/templates"
)

// words are the texts of the pages in one language. "%s" stands for a name, a
// date or an amount.
type words struct {
	Locale templates.Locale // also HTML's lang attribute

	AboutMinutes, AboutAnHour, AboutHours           string
	Price, TimeNeeded, Vehicle, Visit, Day, PhotoOf string
	PriceHolds, PriceHeld                           string

	Hello, HelloNobody  string
	Intro               string
	Found, AboutMessage string
	About               map[outreach.CancelKind]string

	YourAnswer, AnswerAny string
	AnythingElse          string
	Book, BookHint        string
	BookField             string
	Ask, AskField         string
	Later                 string
	TwoWeeks, OneMonth    string
	ThreeMonths           string
	SixMonths             string
	NotThis, Elsewhere    string
	SoldThis, SoldNamed   string
	Stop, Send            string

	WhyQuestion, WhyHint, WhyField string
	Reasons                        map[outreach.CancelReason]string

	Told                                   map[outreach.Action]string
	ToldLater, ToldReason, ToldWhy, Change string
	Waiting, Closed, AllSettled, Rehearsed string

	StoppedHeading, Stopped, StoppedBefore string
	ComeBack                               string
	AskToStopHeading, AskToStop            string
	AskToStopAnyShop, NothingYet           string
	PressStop                              string

	NotRecordedHeading, NotRecorded, SendAgain string
	AwayHeading, Away                          string
	BadLinkHeading, BadLink                    string
	GoneHeading, Gone                          string
	UnclearHeading, Unclear, TooLong           string

	Call, Privacy string
}

// wordsFor returns the words for the language of a message.
func wordsFor(locale string) *words {
	if locale == "es" {
		return &spanish
	}
	return &english
}

// spoken returns the words for the language a browser asks for, for pages that
// know no more of their reader.
func spoken(r *http.Request) *words {
	matcher := language.NewMatcher([]language.Tag{language.English, language.Spanish})
	if _, i := language.MatchStrings(matcher, r.Header.Get("Accept-Language")); i == 1 {
		return &spanish
	}
	return &english
}

var english = words{
	Locale: templates.English,

	AboutMinutes: "about %d minutes", AboutAnHour: "about 1 hour", AboutHours: "about %s hours",
	Price: "Price", TimeNeeded: "Time", Vehicle: "Vehicle", Visit: "Your visit", Day: "Day", PhotoOf: "Photo: %s",
	PriceHolds: "%s, holds until %s",
	PriceHeld:  "%s until %s. We are glad to look up the price as it is now.",

	Hello: "Hello %s,", HelloNobody: "Hello,",
	Intro: "This is what we wrote to you about on %s.",
	Found: "What our technician found", AboutMessage: "About our message",
	About: map[outreach.CancelKind]string{
		outreach.EstimateRejected:    "About our estimate",
		outreach.OrderVoid:           "About your canceled order",
		outreach.AppointmentCanceled: "About your canceled appointment",
		outreach.NoShow:              "About your appointment",
		outreach.SpecialOrderPart:    "About the part we had on order for you",
		outreach.OnlineOrder:         "About your online order",
	},

	YourAnswer: "Your answer", AnythingElse: "Anything else", AnswerAny: "Any answer is fine with us, and so is none.",
	Book: "Book a visit", BookHint: "Somebody here will get back to you to settle the time. Nothing is booked before that.",
	BookField: "Which day suits you? (You may leave this empty.)",
	Ask:       "Ask a question", AskField: "Your question (You may leave this empty, and we will get in touch.)",
	Later:    "Remind me later",
	TwoWeeks: "In two weeks", OneMonth: "In one month", ThreeMonths: "In three months", SixMonths: "In six months",
	NotThis: "Not this one", Elsewhere: "Already done elsewhere",
	SoldThis: "I no longer have this car", SoldNamed: "I no longer have the %s",
	Stop: "Please stop writing to me", Send: "Send",

	WhyQuestion: "What was the reason?", WhyHint: "Only if you care to say. One tap is enough.",
	WhyField: "A few words, if you like",
	Reasons: map[outreach.CancelReason]string{
		outreach.CanceledForCost:          "The cost",
		outreach.CanceledPlansChanged:     "My plans changed",
		outreach.CanceledFoundAnotherWay:  "I found another way",
		outreach.CanceledMisunderstanding: "A misunderstanding",
	},

	Told: map[outreach.Action]string{
		outreach.ActionBook:      "You told us on %s that you would like to come.",
		outreach.ActionAsk:       "You asked us about this on %s.",
		outreach.ActionNotThis:   "You told us on %s: not this one.",
		outreach.ActionElsewhere: "You told us on %s: already done elsewhere.",
		outreach.ActionSold:      "You told us on %s that you no longer have this car.",
	},
	ToldLater:  "You asked us on %s to remind you on %s.",
	ToldReason: "You told us on %s: %s.",
	ToldWhy:    "You told us the reason on %s.",
	Change:     "Thank you. If anything has changed, choose again below.",
	Waiting:    "We have your message. Somebody at %s will answer you.",
	Closed:     "This is taken care of. Nothing is left to do.",
	Rehearsed:  "For the shop: this message was only rehearsed and went to nobody. What is pressed here still counts as the customer's word.",
	AllSettled: "Everything here is settled. Thank you.",

	StoppedHeading: "We will not write to you again",
	Stopped:        "Thank you for telling us. You need not do anything else.",
	StoppedBefore:  "You had told us before, and it still holds. You need not do anything else.",
	ComeBack:       "If you want to hear from us again one day, reply START to one of our texts or tell us at the shop.",

	AskToStopHeading: "Would you like us to stop writing?",
	AskToStop:        "Press the button, and %s will not write to this address again.",
	AskToStopAnyShop: "Press the button, and we will not write to this address again.",
	NothingYet:       "Opening this page changes nothing by itself.",
	PressStop:        "Please stop",

	NotRecordedHeading: "This did not reach us",
	NotRecorded: "Our records could not be reached just now. Please send it again in a few minutes. " +
		"You can also call the shop. To get no more messages, you can reply STOP to ours.",
	SendAgain:   "Send again",
	AwayHeading: "This page cannot be shown just now",
	Away: "Our records could not be reached. Please open the page again in a few minutes, or call the shop. " +
		"To get no more messages, you can reply STOP to ours.",
	BadLinkHeading: "This link is not complete",
	BadLink: "Please open it again from our message, and take all of it. " +
		"To get no more messages, reply STOP to ours or call the shop. The number is in the message.",
	GoneHeading: "This message is no longer on file",
	Gone: "There is nothing to show here anymore. " +
		"To get no more messages, reply STOP to ours or call the shop.",
	UnclearHeading: "We could not tell what you chose",
	Unclear: "Nothing was changed. Please open the link in our message again and choose there. " +
		"You can also reply to the message or call the shop.",
	TooLong: "Your text is too long for this page. Please go back and make it shorter, or call the shop.",

	Call:    "Call",
	Privacy: "This page sets no cookies. Whoever has its link can see it.",
}

var spanish = words{
	Locale: templates.Spanish,

	AboutMinutes: "unos %d minutos", AboutAnHour: "cerca de 1 hora", AboutHours: "unas %s horas",
	Price: "Precio", TimeNeeded: "Tiempo", Vehicle: "Vehículo", Visit: "Su visita", Day: "Fecha", PhotoOf: "Foto: %s",
	PriceHolds: "%s, válido hasta el %s",
	PriceHeld:  "%s hasta el %s. Con gusto le damos el precio actual.",

	Hello: "Hola, %s:", HelloNobody: "Buen día:",
	Intro: "De esto le escribimos el %s.",
	Found: "Lo que encontró nuestro técnico", AboutMessage: "Sobre nuestro mensaje",
	About: map[outreach.CancelKind]string{
		outreach.EstimateRejected:    "Sobre nuestro presupuesto",
		outreach.OrderVoid:           "Sobre su orden cancelada",
		outreach.AppointmentCanceled: "Sobre su cita cancelada",
		outreach.NoShow:              "Sobre su cita",
		outreach.SpecialOrderPart:    "Sobre la pieza que le habíamos pedido",
		outreach.OnlineOrder:         "Sobre su pedido en línea",
	},

	YourAnswer: "Su respuesta", AnythingElse: "Algo más", AnswerAny: "Toda respuesta está bien, y no contestar también.",
	Book: "Pedir una cita", BookHint: "Una persona del taller le contestará para acordar la hora. Hasta entonces no hay nada reservado.",
	BookField: "¿Qué día le queda bien? (Puede dejarlo vacío).",
	Ask:       "Hacer una pregunta", AskField: "Su pregunta (Puede dejarla vacía y nos comunicamos con usted).",
	Later:    "Recordarme más adelante",
	TwoWeeks: "En dos semanas", OneMonth: "En un mes", ThreeMonths: "En tres meses", SixMonths: "En seis meses",
	NotThis: "Este trabajo no", Elsewhere: "Ya lo hice en otro lugar",
	SoldThis: "Ya no tengo este vehículo", SoldNamed: "Ya no tengo el %s",
	Stop: "Por favor, ya no me escriban", Send: "Enviar",

	WhyQuestion: "¿Cuál fue el motivo?", WhyHint: "Solo si gusta decirlo. Basta un toque.",
	WhyField: "Unas palabras, si gusta",
	Reasons: map[outreach.CancelReason]string{
		outreach.CanceledForCost:          "El costo",
		outreach.CanceledPlansChanged:     "Cambiaron mis planes",
		outreach.CanceledFoundAnotherWay:  "Encontré otra opción",
		outreach.CanceledMisunderstanding: "Un malentendido",
	},

	Told: map[outreach.Action]string{
		outreach.ActionBook:      "El %s nos dijo que quiere venir.",
		outreach.ActionAsk:       "El %s nos preguntó sobre esto.",
		outreach.ActionNotThis:   "El %s nos dijo: este trabajo no.",
		outreach.ActionElsewhere: "El %s nos dijo: ya lo hice en otro lugar.",
		outreach.ActionSold:      "El %s nos dijo que ya no tiene este vehículo.",
	},
	ToldLater:  "El %s nos pidió que le recordemos el %s.",
	ToldReason: "El %s nos dijo: %s.",
	ToldWhy:    "El %s nos dijo el motivo.",
	Change:     "Gracias. Si algo cambió, elija de nuevo abajo.",
	Waiting:    "Recibimos su mensaje. Una persona de %s le va a contestar.",
	Closed:     "Esto ya está atendido. No queda nada por hacer.",
	Rehearsed:  "Para el taller: este mensaje fue solo un ensayo y no se envió a nadie. Lo que se toque aquí cuenta como palabra del cliente.",
	AllSettled: "Aquí ya todo está atendido. Gracias.",

	StoppedHeading: "No le volveremos a escribir",
	Stopped:        "Gracias por decirlo. No tiene que hacer nada más.",
	StoppedBefore:  "Ya nos lo había dicho y sigue así. No tiene que hacer nada más.",
	ComeBack:       "Si algún día quiere volver a saber de nosotros, responda START a uno de nuestros mensajes de texto o dígalo en el taller.",

	AskToStopHeading: "¿Quiere que dejemos de escribirle?",
	AskToStop:        "Oprima el botón y %s no volverá a escribir a esta dirección.",
	AskToStopAnyShop: "Oprima el botón y no volveremos a escribir a esta dirección.",
	NothingYet:       "Abrir esta página no cambia nada por sí solo.",
	PressStop:        "Por favor, ya no escriban",

	NotRecordedHeading: "Esto no nos llegó",
	NotRecorded: "En este momento no pudimos anotarlo. Por favor, envíelo de nuevo en unos minutos. " +
		"También puede llamar al taller. Para no recibir más mensajes, puede responder STOP a los nuestros.",
	SendAgain:   "Enviar de nuevo",
	AwayHeading: "Por ahora no se puede mostrar esta página",
	Away: "No pudimos consultar nuestros datos. Por favor, abra la página de nuevo en unos minutos o llame al taller. " +
		"Para no recibir más mensajes, puede responder STOP a los nuestros.",
	BadLinkHeading: "Este enlace no está completo",
	BadLink: "Por favor, ábralo de nuevo desde nuestro mensaje, con todas sus letras. " +
		"Para no recibir más mensajes, responda STOP a los nuestros o llame al taller. El número está en el mensaje.",
	GoneHeading: "Ya no tenemos este mensaje",
	Gone: "Aquí ya no hay nada que mostrar. " +
		"Para no recibir más mensajes, responda STOP a los nuestros o llame al taller.",
	UnclearHeading: "No pudimos saber qué eligió",
	Unclear: "No se cambió nada. Por favor, abra otra vez el enlace de nuestro mensaje y elija de nuevo. " +
		"También puede responder al mensaje o llamar al taller.",
	TooLong: "Su texto es muy largo para esta página. Por favor, regrese y hágalo más corto, o llame al taller.",

	Call:    "Llamar",
	Privacy: "Esta página no guarda cookies. Quien tenga su enlace puede verla.",
}
