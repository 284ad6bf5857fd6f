package spelling

import "testing"

func TestNearest(t *testing.T) {
	for _, c := range []struct {
		word  string
		limit int
		want  string
	}{
		{"time_zone", 1, "time_zone"},
		{"timezone", 2, "time_zone"},   // left out
		{"phonee", 2, "phone"},         // typed twice
		{"phome", 2, "phone"},          // wrong
		{"phoen", 2, "phone"},          // swapped, one mistake
		{"Phone", 1, "phone"},          // a capital is none
		{"Jalapeño", 2, "jalapeno"},    // a letter is one, whatever its bytes
		{"phone_zone", 9, "time_zone"}, // nearer than phone
		{"timezone", 1, ""},
		{"hours", 3, ""},
		{"", 3, ""},
	} {
		got := Nearest(c.word, []string{"phone", "time_zone", "jalapeno", "postal_code"}, c.limit)
		if got != c.want {
			t.Errorf("Nearest(%q, …, %d) = %q, want %q", c.word, c.limit, got, c.want)
		}
	}
}
