package main

// job is a repair with the finding that leads to it and its range of prices.
type job struct {
	op, service, finding, color string
	low, high                   int    // dollars
	hours                       string // how long it takes, "" where the shop does not say
}

var recommended = []job{
	{"BRKF", "Front brake pads & rotors", "Front pads 2 mm, rotors at discard", "Red", 380, 780, "2.0"},
	{"BRKR", "Rear brake pads", "Rear pads 4 mm", "Yellow", 220, 420, "1.5"},
	{"TIRE2", "Two front tires + balance", "LF/RF 3/32, inner wear", "Red", 260, 560, "1.0"},
	{"TIRE2", "Two rear tires + balance", "LR/RR 4/32", "Yellow", 260, 560, "1.0"},
	{"ALIGN", "Four-wheel alignment", "Uneven inner wear, toe out", "Yellow", 110, 190, "1.0"},
	{"STRUT", "Struts, front pair", "LF strut leaking", "Red", 650, 1300, "3.5"},
	{"BALLJ", "Lower control arm / ball joint", "Play in RF lower ball joint", "Red", 420, 950, "2.5"},
	{"COOL", "Coolant flush", "Coolant pH low, 92k mi", "Yellow", 130, 220, "1.0"},
	{"TRANS", "Transmission service", "Fluid dark, overdue by miles", "Yellow", 200, 400, "1.5"},
	{"BELT", "Serpentine belt", "Belt cracked", "Yellow", 95, 220, "0.8"},
	{"BATT", "Battery", "480 CCA measured of 650", "Yellow", 190, 340, "0.5"},
	{"CABIN", "Cabin air filter", "Dirty", "Yellow", 35, 95, ""},
	{"EAIR", "Engine air filter", "Dirty", "Yellow", 35, 95, ""},
	{"WIPER", "Wiper blades", "Streaking", "Yellow", 20, 60, ""},
	{"VCG", "Valve cover gasket", "Seep, rear bank", "Yellow", 320, 750, ""},
	{"PLUG", "Spark plugs", "102k mi, interval due", "Yellow", 180, 520, ""},
	{"DIAG", "Diagnostic, check-engine lamp", "P0420 stored", "Yellow", 140, 220, "1.0"},
}

var routine = []job{
	{"LOF", "Oil change and filter", "", "Green", 59, 99, "0.5"},
	{"ROT", "Tire rotation", "", "Green", 25, 40, ""},
	{"INSP", "Courtesy inspection", "All points checked", "Green", 0, 1, ""},
	{"BULB", "Brake light bulb", "Bulb out, LR", "Red", 18, 45, ""},
	{"FLAT", "Flat tire repair", "Nail in RR tread", "Red", 30, 55, ""},
	{"AC", "A/C recharge", "Low on charge", "Yellow", 160, 260, "1.2"},
}

var reasons = []string{"", "", "", "cost exceeds budget", "time", "second opinion", "needs car", "do it myself", "not convinced", "selling"}
