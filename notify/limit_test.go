package notify

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestLimiterKeepsThePace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLimiter(10, 5)
		start := time.Now()
		sent := 0
		for sent < 105 {
			n, err := l.Acquire(t.Context(), 20)
			if err != nil {
				t.Fatal(err)
			}
			if n > 5 {
				t.Fatalf("took %d permits at once, burst is 5", n)
			}
			sent += n
		}
		if took := time.Since(start); took < 9900*time.Millisecond || took > 10200*time.Millisecond {
			t.Errorf("105 permits at 10/s after a burst of 5 took %v, want about 10s", took)
		}
	})
}

func TestLimiterWithoutLimit(t *testing.T) {
	l := NewLimiter(0, 0)
	if got := l.TryAcquire(1_000_000); got != 1_000_000 {
		t.Errorf("got %d permits", got)
	}
	l.Settle(10, 20)
	l.SetShare(3)
	if got := l.TryAcquire(7); got != 7 {
		t.Errorf("got %d permits after SetShare", got)
	}
}

func TestLimiterEndsWithContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLimiter(0.001, 1)
		l.TryAcquire(1)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if n, err := l.Acquire(ctx, 1); n != 0 || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Acquire = %d, %v", n, err)
		}
	})
}

func TestLimiterTakesBackWhatWasNotUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLimiter(1, 10)
		if got := l.TryAcquire(10); got != 10 {
			t.Fatalf("got %d permits of a full bucket of 10", got)
		}
		if got := l.TryAcquire(1); got != 0 {
			t.Fatalf("got %d permits of an empty bucket", got)
		}
		l.Settle(10, 4)
		if got := l.TryAcquire(10); got != 6 {
			t.Errorf("got %d permits, want the 6 given back", got)
		}
		l.Settle(6, 0)
		time.Sleep(time.Minute)
		if got := l.TryAcquire(100); got != 10 {
			t.Errorf("got %d permits after a rest, want one burst of 10", got)
		}
	})
}

func TestLimiterMakesGoodLongTexts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLimiter(1, 5)
		taken := l.TryAcquire(5)
		l.Settle(taken, 12) // seven owed, one more to have one
		start := time.Now()
		if _, err := l.Acquire(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took < 7900*time.Millisecond || took > 8100*time.Millisecond {
			t.Errorf("waited %v, want about 8s", took)
		}
	})
}

func TestLimiterShare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLimiter(10, 10)
		l.SetShare(5)
		l.TryAcquire(10)
		start := time.Now()
		for range 10 {
			if _, err := l.Acquire(t.Context(), 1); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(start); took < 4900*time.Millisecond || took > 5100*time.Millisecond {
			t.Errorf("10 permits at a fifth of 10/s took %v, want about 5s", took)
		}
	})
}
