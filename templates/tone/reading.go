package tone

import (
	"fmt"
	"unicode/utf8"
)

// The reading level is Björnsson's LIX: words in a sentence plus long words in a hundred. It needs no
// syllables, so it serves English and Spanish alike; below 40 is easy, above 50 is hard.
const (
	longWord     = 7 // LIX: more than six letters
	hardLIX      = 52
	leastWords   = 25 // LIX says nothing about fewer
	longSentence = 32 // words
)

// readingHits warns of sentences that are too long and of a text that is hard to read.
func readingHits(d *document) []hit {
	var hits []hit
	sentences, long, words, begin := 0, 0, 0, 0
	closeSentence := func(end int) {
		if n := end - begin; n > longSentence {
			hits = append(hits, hit{
				d.tokens[begin].start, d.tokens[end-1].end, "reading-level.long-sentence", Warning,
				fmt.Sprintf("This sentence has %d words; on a phone it is hard to follow.", n),
				"Cut it into two or three short sentences.",
			})
		}
		sentences++
		begin = end
	}
	for i, tok := range d.tokens {
		if i > begin && tok.pause >= sentence {
			closeSentence(i)
		}
		if tok.kind != word {
			continue
		}
		words++
		if utf8.RuneCountInString(tok.norm) >= longWord {
			long++
		}
	}
	if words < leastWords {
		return hits
	}
	closeSentence(len(d.tokens))
	if lix := words/sentences + 100*long/words; lix > hardLIX {
		hits = append(hits, hit{
			0, 0, "reading-level.hard", Warning,
			"The text is hard to read: long words and long sentences.",
			"Say it as you would at the counter, in short words and short sentences.",
		})
	}
	return hits
}
