// Package templates holds what the shop says: the shipped messages and
// playbooks, the small language they are written in, and their rendering to a
// text, an e-mail or the talking points of a call.
//
// A template is a file of two parts, front matter and body:
//
//	---
//	name: declined-safety-1
//	channel: sms
//	locale: en
//	class: marketing
//	---
//	{{shop.name}}: Hello {{customer.first_name | default "there"}}, …
//
// The body may hold placeholders with an optional default, conditions
// ({{if first.price}} … {{else if not vehicle.name}} … {{else}} … {{end}}) and
// the list of items ({{range services}}- {{.name}}{{end}}), nothing else. A
// condition or list tag alone on its line leaves no empty line behind. A
// line break in the body is a space and an empty line begins a paragraph, on
// every channel; the body of an e-mail or a call is Markdown without code and
// raw HTML.
//
// Every
// mistake is found when the template is parsed, with line and column; what only
// a customer's data can show, an empty placeholder without a default, is an
// error of Render and never a hole in the text.
//
// Each tag's expression is read by text/template/parse. The engine of
// text/template is not used: its functions are bound to a template and so
// cannot serve many customers at once, and it cannot tell empty from absent.
package templates
