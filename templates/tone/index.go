package tone

// index finds patterns by how they can begin, so that a token is held against few of them.
type index[T any] struct {
	byWord   map[int][]T
	byPrefix map[string][]T // by the first prefixLength bytes
	byKind   map[kind][]T
}

func newIndex[T any]() *index[T] {
	return &index[T]{byWord: map[int][]T{}, byPrefix: map[string][]T{}, byKind: map[kind][]T{}}
}

// indexed is an index of patterns alone.
func indexed(patterns []pattern) *index[step] {
	x := newIndex[step]()
	for _, p := range patterns {
		x.add(p.first, p.match)
	}
	return x
}

// add enters a value once for each way to begin.
func (x *index[T]) add(first []opening, value T) {
	seen := map[opening]bool{}
	for _, o := range first {
		if o.prefix != "" {
			o.prefix = o.prefix[:prefixLength]
		}
		if seen[o] {
			continue
		}
		seen[o] = true
		switch {
		case o.prefix != "":
			x.byPrefix[o.prefix] = append(x.byPrefix[o.prefix], value)
		case o.id != 0:
			x.byWord[o.id] = append(x.byWord[o.id], value)
		default:
			x.byKind[o.kind] = append(x.byKind[o.kind], value)
		}
	}
}

// at yields the values that may begin at a token.
func (x *index[T]) at(t token) func(yield func(T) bool) {
	return func(yield func(T) bool) {
		groups := [3][]T{x.byWord[t.id], nil, x.byKind[t.kind]}
		if t.kind == word && len(t.norm) >= prefixLength {
			groups[1] = x.byPrefix[t.norm[:prefixLength]]
		}
		for _, group := range groups {
			for _, value := range group {
				if !yield(value) {
					return
				}
			}
		}
	}
}

// matches reports whether one of the patterns matches at token i and ends where it should.
func matches(x *index[step], d *document, i int, then func(end int) bool) bool {
	for match := range x.at(d.tokens[i]) {
		if match(d, i, then) {
			return true
		}
	}
	return false
}

func anywhere(int) bool { return true }
