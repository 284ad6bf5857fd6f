package templates

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/template/parse"
)

// expression is what a tag asks for: a field, perhaps with a default or "not".
type expression struct {
	path       string // as written, for messages
	field      field
	scope      scope
	fallback   string
	hasDefault bool
	negated    bool
}

// scope says which item a field is about.
type scope int

const (
	noItem    scope = iota
	firstItem       // {{first.name}}
	eachItem        // {{.name}} within the list
	wholeList       // {{if services}}
)

// expressionParser checks one tag's expression against what the language allows.
type expressionParser struct {
	report func(at int, message string)
	inList bool
	failed bool
}

// expression reads text, which begins at offset at. Everything but fields, a
// default and, in conditions, "not" is refused.
func (p *tagParser) expression(text string, at int, isCondition bool) (expression, bool) {
	const opening = "{{"
	if text == "" {
		p.report(at, "an empty tag; write the name of a placeholder, for example {{customer.first_name}}")
		return expression{}, false
	}
	tree := parse.New("")
	tree.Mode = parse.SkipFuncCheck // names are checked here, with suggestions
	_, err := tree.Parse(opening+text+"}}", "", "", map[string]*parse.Tree{})
	if err != nil {
		p.report(at, "cannot read {{"+text+"}}: "+explainSyntax(err, text))
		return expression{}, false
	}
	x := &expressionParser{inList: p.inList(), report: func(offset int, message string) {
		p.report(at+offset-len(opening), message)
	}}
	action, ok := tree.Root.Nodes[0].(*parse.ActionNode)
	if len(tree.Root.Nodes) != 1 || !ok {
		p.report(at, "only a placeholder may stand here")
		return expression{}, false
	}
	e := x.pipe(action.Pipe, isCondition)
	return e, !x.failed
}

// explainSyntax turns the parser's words into the writer's.
func explainSyntax(err error, text string) string {
	message := err.Error()
	if _, rest, ok := strings.Cut(message, ":1: "); ok {
		message = rest
	}
	switch {
	case strings.Contains(message, "undefined variable"):
		return "variables are not allowed"
	case strings.Contains(message, "unterminated quoted string"):
		return `a quotation mark is missing`
	case strings.Contains(message, "character constant") || strings.ContainsRune(text, '\''):
		return `write the default in double quotes, for example | default "there"`
	}
	return message
}

func (x *expressionParser) fail(n parse.Node, format string, args ...any) {
	x.failed = true
	x.report(start(n), fmt.Sprintf(format, args...))
}

// start is where a node begins; a chain's own position is its first dot.
func start(n parse.Node) int {
	if c, ok := n.(*parse.ChainNode); ok {
		return int(c.Node.Position())
	}
	return int(n.Position())
}

func (x *expressionParser) pipe(pipe *parse.PipeNode, isCondition bool) expression {
	if len(pipe.Decl) > 0 {
		x.fail(pipe, "variables are not allowed")
		return expression{}
	}
	first, filters := pipe.Cmds[0], pipe.Cmds[1:]
	args := first.Args
	negated := false
	if id, ok := args[0].(*parse.IdentifierNode); ok && isCondition && id.Ident == "not" && len(args) > 1 {
		negated, args = true, args[1:]
	}
	if len(args) > 1 {
		x.extra(args)
		return expression{}
	}
	e := x.operand(args[0], isCondition)
	e.negated = negated
	if isCondition && len(filters) > 0 {
		x.fail(filters[0], "a condition asks whether a placeholder is there and takes no default")
	}
	for _, f := range filters {
		x.filter(f, &e)
	}
	if !isCondition && e.field.kind == condition {
		x.fail(args[0], "%s can only be asked for: {{if %s}}…{{end}}", e.path, e.path)
	}
	return e
}

// extra explains words that stand where only one may.
func (x *expressionParser) extra(args []parse.Node) {
	if id, ok := args[1].(*parse.IdentifierNode); ok && id.Ident == "default" {
		x.fail(id, `a "|" is missing before default`)
		return
	}
	if id, ok := args[0].(*parse.IdentifierNode); ok && groups[id.Ident] == nil {
		x.fail(id, "%q is not part of the template language%s", id.Ident, didYouMean(id.Ident, "", groupNames()))
		return
	}
	x.fail(args[1], "%s does not belong here; a tag holds one placeholder", args[1])
}

func (x *expressionParser) filter(cmd *parse.CommandNode, e *expression) {
	id, ok := cmd.Args[0].(*parse.IdentifierNode)
	if !ok || id.Ident != "default" {
		x.fail(cmd, `after "|" only default "…" may follow, not %s`, cmd)
		return
	}
	if len(cmd.Args) != 2 || e.hasDefault {
		x.fail(cmd, `one default with one text: | default "there"`)
		return
	}
	text, ok := cmd.Args[1].(*parse.StringNode)
	if !ok {
		x.fail(cmd.Args[1], `write the default in double quotes, for example | default "there"`)
		return
	}
	e.fallback, e.hasDefault = clean(text.Text, maxText), true
}

func (x *expressionParser) operand(n parse.Node, isCondition bool) expression {
	switch n := n.(type) {
	case *parse.ChainNode:
		if id, ok := n.Node.(*parse.IdentifierNode); ok {
			return x.grouped(n, id, n.Field)
		}
	case *parse.FieldNode:
		return x.ofItem(n)
	case *parse.IdentifierNode:
		return x.alone(n, isCondition)
	case *parse.DotNode:
		x.fail(n, "{{.}} alone says nothing; choose one of %s", choices(".", itemFields))
		return expression{}
	case *parse.VariableNode:
		x.fail(n, "variables are not allowed")
		return expression{}
	case *parse.StringNode:
		x.fail(n, "%s is plain text and needs no braces", n)
		return expression{}
	}
	x.fail(n, "only a placeholder may stand here, not %s", n)
	return expression{}
}

func (x *expressionParser) grouped(n parse.Node, id *parse.IdentifierNode, names []string) expression {
	fields, ok := groups[id.Ident]
	switch {
	case id.Ident == listName:
		x.fail(n, "services is a list: use {{range services}}{{.%s}}{{end}}, or {{first.%s}} for the most serious",
			names[0], names[0])
		return expression{}
	case !ok:
		x.fail(n, "there is no %q%s", id.Ident, didYouMean(id.Ident, "", groupNames()))
		return expression{}
	}
	f, ok := fields[names[0]]
	if !ok || len(names) > 1 {
		x.fail(n, "%s has no %q%s", id.Ident, strings.Join(names, "."),
			didYouMean(names[0], id.Ident+".", slices.Collect(maps.Keys(fields))))
		return expression{}
	}
	e := expression{path: id.Ident + "." + names[0], field: f}
	if id.Ident == "first" {
		e.scope = firstItem
	}
	return e
}

func (x *expressionParser) ofItem(n *parse.FieldNode) expression {
	if !x.inList {
		x.fail(n, "%s is only known within {{range services}}; for the most serious item write {{first%s}}", n, n)
		return expression{}
	}
	f, ok := itemFields[n.Ident[0]]
	if !ok || len(n.Ident) > 1 {
		x.fail(n, "an item has no %q%s", strings.Join(n.Ident, "."),
			didYouMean(n.Ident[0], ".", slices.Collect(maps.Keys(itemFields))))
		return expression{}
	}
	return expression{path: "." + n.Ident[0], field: f, scope: eachItem}
}

func (x *expressionParser) alone(n *parse.IdentifierNode, isCondition bool) expression {
	switch fields, ok := groups[n.Ident]; {
	case n.Ident == listName && isCondition:
		return expression{path: listName, scope: wholeList}
	case n.Ident == listName:
		x.fail(n, "services is a list: write {{range services}}{{.name}}{{end}}")
	case ok:
		x.fail(n, "{{%s}} alone says nothing; choose one of %s", n.Ident, choices(n.Ident+".", fields))
	default:
		x.fail(n, "%q is not part of the template language%s", n.Ident, didYouMean(n.Ident, "", groupNames()))
	}
	return expression{}
}

func choices(prefix string, fields map[string]field) string {
	names := slices.Sorted(maps.Keys(fields))
	return prefix + strings.Join(names, ", "+prefix)
}
