package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"
)

// progress shows how far a simulation is: a bar where a person watches, a line
// a week elsewhere.
type progress struct {
	w      io.Writer
	person bool
	week   int
}

func newProgress(w io.Writer) *progress {
	f, ok := w.(*os.File)
	return &progress{w: w, person: ok && term.IsTerminal(int(f.Fd())), week: -1}
}

func (p *progress) show(done float64, now time.Time) {
	const width = 40
	if p.person {
		full := int(done * width)
		_, _ = fmt.Fprintf(p.w, "\r[%s%s] %s", strings.Repeat("█", full), strings.Repeat("·", width-full), now.Format("Jan 02"))
		return
	}
	if _, week := now.ISOWeek(); week != p.week {
		p.week = week
		_, _ = fmt.Fprintf(p.w, "week of %s\n", now.Format("Jan 02"))
	}
}

func (p *progress) end() {
	if p.person {
		_, _ = fmt.Fprint(p.w, "\r"+strings.Repeat(" ", 60)+"\r")
	}
}
