package password

import (
	"strings"
	"testing"
)

func TestHashAndVerify(t *testing.T) {
	const text = "correct horse bátterý"
	hash, err := Hash(text)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Hash(text)
	if err != nil || again == hash {
		t.Errorf("the same password has the same hash: %v", err)
	}
	for name, c := range map[string]struct {
		text, hash string
		want       bool
	}{
		"right":             {text, hash, true},
		"wrong":             {text + " ", hash, false},
		"empty":             {"", hash, false},
		"no hash":           {text, "", false},
		"empty and no hash": {"", "", false},
		"cut hash":          {text, hash[:len(hash)-8], false},
		"other algorithm":   {text, strings.Replace(hash, "argon2id", "argon2i", 1), false},
		"absurd cost":       {text, strings.Replace(hash, "m=19456", "m=999999999", 1), false},
		"endless password":  {strings.Repeat("x", 1<<20), hash, false},
	} {
		if got := Verify(c.text, c.hash); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestCheck(t *testing.T) {
	for text, ok := range map[string]bool{
		"": false, "short": false, "aaaaaaaaaaaa": false, strings.Repeat("ab", 600): false,
		"brake pads at noon": true, "ñandú ñandú y ñus": true, "correct horse battery staple": true, "tK8#vQ2!mz": true,
		"password123": false, "Password2026!": false, "p@ssw0rd123": false, "passwordpassword": false, "my password": false,
		"1234567890": false, "(312) 555-0101": false, "qwertyuiop": false, "poiuytrewq1": false, "1q2w3e4r5t6y": false, "1qaz2wsx3edc": false,
		"aaaa1111!!!!": false, "abcdefghij": false, "iloveyou12": false, "Summer2026!!": false, "welcome welcome": false,
		"pat.sample2026": false, "samplepat99": false, "Example Auto 1": false, "examplegarage": false, "pat likes the rain": true,
	} {
		if err := Check(text, "pat.s", "Pat Sample", "Example Auto Care"); (err == nil) != ok {
			t.Errorf("%.20q: %v", text, err)
		}
	}
}
