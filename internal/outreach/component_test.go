package outreach

import "testing"

func TestComponentOf(t *testing.T) {
	tests := []struct{ name, op, want string }{
		{"Front brake pads & rotors", "", Brakes},
		{"FRT PADS/ROTORS", "", Brakes},
		{"Brake light bulb, LR", "", Lighting},
		{"Brake fluid flush", "", Fluids},
		{"Two front tires + balance", "", Tires},
		{"Four-wheel alignment", "", Wheels},
		{"Rotate tires", "", Wheels},
		{"Struts, front pair", "", Suspension},
		{"Lower control arm / ball joint", "", Suspension},
		{"Outer tie rod end", "", Steering},
		{"Coolant flush", "", Cooling},
		{"Transmission service", "", Transmission},
		{"Serpentine belt", "", Belts},
		{"Seat belt latch", "", OtherPart},
		{"Battery", "", Battery},
		{"Cabin air filter", "", Filters},
		{"Oil change and filter", "", Fluids},
		{"Wiper blades", "", Visibility},
		{"Valve cover gasket", "", Engine},
		{"Spark plugs", "", Engine},
		{"Diagnose check-engine lamp", "", Engine},
		{"A/C recharge", "", HVAC},
		{"Muffler", "", Exhaust},
		{"Alternator", "", Electrical},
		{"Cambio de aceite", "", Fluids},
		{"Balatas delanteras", "", Brakes},
		{"Frenos traseros", "", Brakes},
		{"Batería", "", Battery},
		{"Limpiaparabrisas", "", Visibility},
		{"Alineación", "", Wheels},
		{"Llantas (2)", "", Tires},
		{"Amortiguadores", "", Suspension},
		{"Special job", "BRK02", Brakes},
		{"Special job", "ZZ9", OtherPart},
		{"", "", OtherPart},
	}
	for _, tt := range tests {
		if got := ComponentOf(tt.name, tt.op); got != tt.want {
			t.Errorf("ComponentOf(%q, %q) = %q, want %q", tt.name, tt.op, got, tt.want)
		}
	}
}

func TestSeverityFromNeverClaimsMoreThanTheSource(t *testing.T) {
	tests := []struct {
		code, component string
		want            Severity
	}{
		{"Red", Brakes, SeveritySafety},
		{"required", Tires, SeveritySafety},
		{"A", Steering, SeveritySafety},
		{"red", Engine, SeverityRequired},
		{"safety", Battery, SeverityRequired},
		{"Yellow", Brakes, SeveritySuggested},
		{"3", Fluids, SeverityMaintenance},
		{"1", Tires, SeveritySuggested},
		{"green", Brakes, SeverityUnknown},
		{"", Brakes, SeverityUnknown},
		{"high", Brakes, SeverityUnknown},
		{"ROJO", Brakes, SeveritySafety},
	}
	for _, tt := range tests {
		if got := SeverityFrom(tt.code, tt.component); got != tt.want {
			t.Errorf("SeverityFrom(%q, %q) = %q, want %q", tt.code, tt.component, got, tt.want)
		}
	}
}

func TestServiceKey(t *testing.T) {
	same := [][2]Line{
		{{Name: "Front brake pads & rotors"}, {Name: "FRT brake pads/rotors"}},
		{{Name: "Replace front brake pads and rotors"}, {Name: "Brake rotors, pads (front)"}},
		{{Name: "Wiper blades"}, {Name: "WIPER BLADE"}},
		{{Name: "A/C recharge"}, {Name: "AC recharge"}},
		{{Name: "Brakes", OpCode: "brk-01"}, {Name: "Something else", OpCode: "BRK01"}},
		{{Name: "LF strut"}, {Name: "Strut, left front"}},
	}
	for _, p := range same {
		if a, b := ServiceKey(p[0]), ServiceKey(p[1]); a != b {
			t.Errorf("%+v and %+v differ: %q, %q", p[0], p[1], a, b)
		}
	}
	different := [][2]Line{
		{{Name: "Front brake pads"}, {Name: "Rear brake pads"}},
		{{Name: "Front brake pads", OpCode: "BRK"}, {Name: "Rear brake pads", OpCode: "BRK"}},
		{{Name: "Inspect front brakes"}, {Name: "Front brakes"}},
		{{Name: "Coolant flush"}, {Name: "Coolant hose"}},
	}
	for _, p := range different {
		if a := ServiceKey(p[0]); a == ServiceKey(p[1]) {
			t.Errorf("%+v and %+v have the same key %q", p[0], p[1], a)
		}
	}
	if got := ServiceKey(Line{}); got != "" {
		t.Errorf("key of an empty line = %q", got)
	}
}
