package staff

import (
	"fmt"
	"net/http"
	"testing"
	"time"
)

// Whoever tries many names gets no more tries by it, and takes no more memory.
func TestManyNames(t *testing.T) {
	for name, from := range map[string]func(i int) string{
		"one address": func(i int) string { return fmt.Sprintf("192.0.2.7:%d", 1024+i%1000) },
		"one network": func(i int) string { return fmt.Sprintf("[2001:db8::%x]:443", 1+i%60_000) },
	} {
		limits := newThrottle(func() time.Time { return noon })
		allowed := 0
		for i := range 3 * mostKeys {
			if limits.allow(&http.Request{RemoteAddr: from(i)}, fmt.Sprint("name", i)) {
				allowed++
			}
		}
		if most := triesBurst * callerFactor; allowed != most || len(limits.limits) > most+1 {
			t.Errorf("%s: %d tries were allowed, want %d, and %d names are kept", name, allowed, most, len(limits.limits))
		}
	}
}
