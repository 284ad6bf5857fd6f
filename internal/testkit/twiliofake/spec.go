package twiliofake

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
)

// spec holds traffic against Twilio's own description of its API.
type spec struct{ doc *openapi3.T }

func loadSpec(path string) (*spec, error) {
	doc, err := openapi3.NewLoader().LoadFromFile(path)
	if err != nil {
		return nil, fmt.Errorf("load OpenAPI document: %w", err)
	}
	doc.Servers = nil // it is served here
	return &spec{doc: doc}, nil
}

// hold returns next, checked: a request or a good answer that does not keep to the
// document is reported. A nil spec checks nothing.
func (s *spec) hold(next http.Handler, report func(error)) http.Handler {
	if s == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			report(fmt.Errorf("read request: %w", err))
			return
		}
		input, ok := s.input(r, body)
		if !ok {
			next.ServeHTTP(w, r)
			return
		}
		if err := openapi3filter.ValidateRequest(r.Context(), input); err != nil {
			report(fmt.Errorf("request: %w", err))
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		seen := &tee{ResponseWriter: w}
		next.ServeHTTP(seen, r)
		if seen.status/100 != 2 {
			return
		}
		answer := &openapi3filter.ResponseValidationInput{
			RequestValidationInput: input, Status: seen.status, Header: w.Header(), Options: input.Options,
		}
		// Faults may answer anything: only what claims to be JSON is held to it.
		if strings.HasPrefix(w.Header().Get("Content-Type"), "application/json") {
			if err := openapi3filter.ValidateResponse(r.Context(), answer.SetBodyBytes(seen.body.Bytes())); err != nil {
				report(fmt.Errorf("answer: %w", err))
			}
		}
	})
}

func (s *spec) input(r *http.Request, body []byte) (*openapi3filter.RequestValidationInput, bool) {
	for template, item := range s.doc.Paths.Map() {
		params, ok := fill(template, r.URL.Path)
		if !ok || item.GetOperation(r.Method) == nil {
			continue
		}
		held := r.Clone(r.Context())
		held.Body = io.NopCloser(bytes.NewReader(body))
		return &openapi3filter.RequestValidationInput{
			Request: held, PathParams: params,
			Route: &routers.Route{
				Spec: s.doc, Path: template, PathItem: item, Method: r.Method, Operation: item.GetOperation(r.Method),
			},
			Options: &openapi3filter.Options{
				AuthenticationFunc: func(context.Context, *openapi3filter.AuthenticationInput) error { return nil },
			},
		}, true
	}
	return nil, false
}

// fill matches a path with a template such as /Accounts/{Sid}.json.
func fill(template, path string) (map[string]string, bool) {
	want, got := strings.Split(template, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return nil, false
	}
	params := map[string]string{}
	for i, segment := range want {
		if !strings.HasPrefix(segment, "{") {
			if segment != got[i] {
				return nil, false
			}
			continue
		}
		name, suffix, _ := strings.Cut(segment[1:], "}")
		if !strings.HasSuffix(got[i], suffix) {
			return nil, false
		}
		params[name] = strings.TrimSuffix(got[i], suffix)
	}
	return params, true
}

// tee passes an answer on and keeps a copy.
type tee struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

// WriteHeader implements http.ResponseWriter.
func (t *tee) WriteHeader(status int) {
	t.status = status
	t.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (t *tee) Write(p []byte) (int, error) {
	t.body.Write(p)
	return t.ResponseWriter.Write(p)
}
