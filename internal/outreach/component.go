package outreach

import (
	"sort"
	"strings"
	"unicode"
)

// Component groups: coarse names in the manner of NHTSA's public component
// list, which is what playbook conditions and safety rules are written in.
const (
	Brakes       = "brakes"
	Steering     = "steering"
	Suspension   = "suspension"
	Tires        = "tires"
	Wheels       = "wheels" // also alignment, balance and rotation: upkeep, not danger
	Visibility   = "visibility"
	Lighting     = "lighting"
	Engine       = "engine"
	Cooling      = "cooling"
	Transmission = "transmission" // the whole power train
	Electrical   = "electrical"
	Battery      = "battery"
	Fluids       = "fluids"
	Filters      = "filters"
	Belts        = "belts"
	Exhaust      = "exhaust"
	HVAC         = "hvac"
	OtherPart    = "other"
)

// componentWords is read from the top: the first group with a word in the text
// wins, so the particular ("brake light") stands above the general ("brake").
// Each entry matches at the start of a word; a "$" at the end asks for the whole word.
var componentWords = []struct {
	group string
	words []string
}{
	{OtherPart, []string{"seat belt", "cinturon", "key fob", "state inspection"}},
	{Lighting, []string{
		"brake light", "brake lamp", "headlight", "headlamp", "tail light", "taillight", "tail lamp", "turn signal",
		"bulb", "fog light", "license plate light", "marker light", "faro", "foco", "luz", "luces", "bombilla", "calavera",
	}},
	{Filters, []string{"cabin air", "cabin filter", "air filter", "fuel filter", "pollen filter", "filtro de aire", "filtro de cabina", "filtro de combustible", "filtro de gasolina"}},
	{Transmission, []string{
		"transmission", "transaxle", "trans fluid", "trans service", "cvt$", "clutch", "driveshaft", "drive shaft", "cv axle", "cv joint",
		"cv boot", "axle shaft", "u joint", "transfer case", "transmision", "embrague", "cardan",
	}},
	{Cooling, []string{"coolant", "antifreeze", "radiator", "water pump", "thermostat", "cooling", "refrigerante", "anticongelante", "radiador", "bomba de agua", "termostato", "enfriamiento"}},
	{Fluids, []string{
		"brake fluid", "power steering fluid", "power steering flush", "differential fluid", "differential service", "diff service", "gear oil", "oil change", "oil filter",
		"oil service", "lube oil", "lof$", "fluid flush", "fluid exchange", "washer fluid", "liquido de freno", "cambio de aceite", "aceite de motor", "aceite y filtro",
		"liquido de direccion", "fluido",
	}},
	{Belts, []string{"serpentine", "drive belt", "timing belt", "accessory belt", "v belt", "fan belt", "belt tensioner", "correa", "banda"}},
	{Wheels, []string{
		"alignment", "align$", "wheel balance", "tire balance", "tire rotation", "rotate tire", "rotation", "tpms", "tire pressure sensor", "wheel bearing", "hub bearing", "hub assembl",
		"lug nut", "wheel stud", "rim$", "alineacion", "balanceo", "rotacion de", "balero", "rin$", "rines",
	}},
	{Brakes, []string{"wheel cylinder", "brake", "brk$", "caliper", "rotor", "brake pad", "pads$", "abs$", "master cylinder", "freno", "balata", "pastilla", "disco"}},
	{Tires, []string{"tire", "tyre", "llanta", "neumatico", "goma$"}},
	{Visibility, []string{"wiper", "windshield", "washer nozzle", "washer pump", "side mirror", "parabrisas", "limpiaparabrisas", "plumilla", "escobilla", "espejo"}},
	{Steering, []string{"tie rod", "power steering", "rack and pinion", "rack pinion", "steering", "pitman", "idler arm", "direccion", "terminal de", "cremallera"}},
	{Suspension, []string{
		"ball joint", "control arm", "strut", "shock$", "shocks$", "shock absorber", "sway bar", "stabilizer", "suspension", "coil spring", "leaf spring", "trailing arm",
		"rotula", "amortiguador", "horquilla", "barra estabilizadora", "resorte",
	}},
	{Battery, []string{"battery", "batteries", "bateria", "acumulador"}},
	{HVAC, []string{"ac$", "air conditioning", "heater core", "blower", "hvac", "ac compressor", "evaporator", "freon", "aire acondicionado", "calefaccion"}},
	{Exhaust, []string{"exhaust", "muffler", "catalytic", "tailpipe", "escape", "mofle", "silenciador", "catalizador"}},
	{Electrical, []string{"alternator", "starter", "fuse", "wiring", "electrical", "ignition switch", "window motor", "window regulator", "alternador", "marcha$", "motor de arranque", "fusible", "electric"}},
	{Engine, []string{
		"engine", "motor", "valve cover", "spark plug", "gasket", "fuel injection", "fuel inject", "throttle", "ignition coil", "pcv$", "oil leak", "oil pan", "intake", "check engine", "misfire", "distributor",
		"fuel pump", "o2 sensor", "oxygen sensor", "bujia", "bobina", "junta", "inyector", "bomba de gasolina",
	}},
	{Fluids, []string{"fluid", "flush", "oil$", "aceite", "liquido"}},
	{Filters, []string{"filter", "filtro"}},
	{Belts, []string{"belt$", "belts$"}},
	{Wheels, []string{"wheel", "rueda"}},
	{Lighting, []string{"light", "lamp"}},
}

// opCodeComponents are beginnings of labor op codes that shops commonly choose.
// Codes are the store's own invention, so they only help where the name does not.
var opCodeComponents = []struct{ prefix, group string }{
	{"BRK", Brakes},
	{"BRAKE", Brakes},
	{"LOF", Fluids},
	{"OIL", Fluids},
	{"ALIGN", Wheels},
	{"ALGN", Wheels},
	{"TIRE", Tires},
	{"BATT", Battery},
	{"WIPE", Visibility},
	{"COOL", Cooling},
	{"TRANS", Transmission},
}

// ComponentOf says which component group a job belongs to, from its English or
// Spanish name and, where that says nothing, its op code.
func ComponentOf(name, opCode string) string {
	text := " " + strings.Join(words(name), " ") + " "
	for _, group := range componentWords {
		for _, w := range group.words {
			if hasWord(text, w) {
				return group.group
			}
		}
	}
	code := strings.ToUpper(strings.TrimSpace(opCode))
	for _, c := range opCodeComponents {
		if strings.HasPrefix(code, c.prefix) {
			return c.group
		}
	}
	return OtherPart
}

// hasWord reports whether word stands in text, which begins and ends with a space.
func hasWord(text, word string) bool {
	word, whole := strings.CutSuffix(word, "$")
	for from := 1; ; {
		i := strings.Index(text[from:], word)
		if i < 0 {
			return false
		}
		start, end := from+i, from+i+len(word)
		if text[start-1] == ' ' && (!whole || text[end] == ' ') {
			return true
		}
		from = start + 1
	}
}

// SafetyComponent reports whether a red finding in this group is about safety.
func SafetyComponent(group string) bool {
	switch group {
	case Brakes, Steering, Suspension, Tires, Visibility, Lighting:
		return true
	}
	return false
}

// SeverityFrom turns an inspection color, a MAP reason code (A, B, C required;
// 1, 2, 4 suggested; 3 maker's maintenance) or a plain word into a severity.
// Safety needs both: a source that says red or required, and a component of the
// safety set.
func SeverityFrom(code, component string) Severity {
	switch strings.Join(words(code), " ") {
	case "red", "required", "a", "b", "c", "immediate", "immediate attention", "critical", "unsafe", "safety", "rojo", "requerido", "urgente", "seguridad":
		if SafetyComponent(component) {
			return SeveritySafety
		}
		return SeverityRequired
	case "yellow", "amber", "suggested", "recommended", "1", "2", "4", "soon", "amarillo", "sugerido", "recomendado":
		return SeveritySuggested
	case "3", "maintenance", "scheduled maintenance", "mantenimiento":
		return SeverityMaintenance
	}
	return SeverityUnknown
}

// positionWords tell where on the car a job is. They are part of what makes two
// jobs the same: front brake pads are not rear brake pads.
var positionWords = map[string][]string{
	"front": {"front"}, "frt": {"front"}, "fr": {"front"}, "fnt": {"front"}, "delantero": {"front"}, "delantera": {"front"},
	"rear": {"rear"}, "back": {"rear"}, "trasero": {"rear"}, "trasera": {"rear"},
	"left": {"left"}, "lh": {"left"}, "driver": {"left"}, "izquierdo": {"left"}, "izquierda": {"left"},
	"right": {"right"}, "rh": {"right"}, "passenger": {"right"}, "derecho": {"right"}, "derecha": {"right"},
	"lf": {"left", "front"}, "rf": {"right", "front"}, "lr": {"left", "rear"}, "rr": {"right", "rear"},
	"upper": {"upper"}, "lower": {"lower"}, "inner": {"inner"}, "outer": {"outer"},
}

// fillWords say nothing about which job it is.
var fillWords = map[string]bool{
	"and": true, "the": true, "of": true, "with": true, "w": true, "a": true, "an": true, "for": true, "on": true, "to": true,
	"replace": true, "replacement": true, "install": true, "new": true, "need": true, "recommend": true, "recommended": true,
	"perform": true, "both": true, "set": true, "pair": true, "side": true, "y": true, "de": true, "del": true, "los": true,
	"las": true, "el": true, "la": true, "reemplazar": true, "cambiar": true,
}

// ServiceKey identifies what a line is about from visit to visit: the op code
// where there is one, else the words of its name, and always the position on
// the car. It is "" when the line has neither.
func ServiceKey(l Line) string {
	var what, where []string
	for _, w := range words(l.Name) {
		if p, ok := positionWords[w]; ok {
			where = append(where, p...)
		} else if w = singular(w); !fillWords[w] {
			what = append(what, w)
		}
	}
	if code := strings.Join(words(l.OpCode), ""); code != "" {
		what = []string{"op:" + code}
	}
	return strings.Join(append(sortedUnique(what), sortedUnique(where)...), " ")
}

func sortedUnique(list []string) []string {
	sort.Strings(list)
	out := list[:0]
	for i, w := range list {
		if i == 0 || w != list[i-1] {
			out = append(out, w)
		}
	}
	return out
}

// singular drops a plural s, which is all that English and Spanish part names need.
func singular(w string) string {
	if len(w) > 3 && strings.HasSuffix(w, "s") && !strings.HasSuffix(w, "ss") && w != "gas" && w != "lens" {
		return w[:len(w)-1]
	}
	return w
}

// wordJoins keeps together what punctuation would tear apart, and drops "R&R".
var wordJoins = strings.NewReplacer("a/c", "ac", "r&r", " ", "r & r", " ", "o/s", "os", "'", "", "’", "")

var plainLetters = strings.NewReplacer("á", "a", "é", "e", "í", "i", "ó", "o", "ú", "u", "ü", "u", "ñ", "n")

// words splits text into lower-case words of plain letters and digits.
func words(text string) []string {
	text = plainLetters.Replace(wordJoins.Replace(strings.ToLower(text)))
	return strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}
