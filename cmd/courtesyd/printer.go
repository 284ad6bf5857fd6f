package main

import (
	"fmt"
	"io"
	"strings"
)

// printer writes lines and keeps the first error.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) linef(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

// quote writes the words of a message apart from ours.
func (p *printer) quote(text string) {
	for line := range strings.Lines(text) {
		p.linef("    | %s", strings.TrimRight(line, "\n"))
	}
}
