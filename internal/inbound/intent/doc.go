// Package intent reads what a customer's reply asks for: to be left alone, or
// something else. It needs no network, and reads English and Spanish, and the
// opt-out words of French and a few other languages.
//
// The errors do not weigh the same. A missed refusal is a wrong to the customer
// and against the law (47 CFR 64.1200(a)(10)); a wrong suppression costs one
// lead and is mended by a person. So what is unclear is held, never let pass.
//
// A reply goes through these steps:
//
//  1. Normalize: quotes of our message dropped, compatibility forms, case,
//     accents, repeated letters, letters set apart, common typing errors and
//     abbreviations.
//  2. A message of nothing but opt-out words and courtesy revokes.
//  3. Phrases that only sound like a refusal ("I'll stop by Friday") are put
//     out of sight.
//  4. Phrases that refuse revoke.
//  5. A short message that begins with an opt-out word revokes, unless it
//     cancels a thing ("cancel my appointment"): that is held.
//  6. A lone emoji that says no is held; so is anything else doubtful.
//  7. The rest is an ordinary reply, with a finer class for the adviser.
//  8. Beside that, all words are weighed by those of the labeled replies. What
//     no phrase finds and weighs like a refusal is one, or is held; a refusal by
//     phrase that weighs like an ordinary reply is held.
//  9. A reply of words that no rule and no labeled reply has is held.
//
// The words are in rules/*.yaml; type vocabulary explains the patterns, and type
// scales the weights.
package intent
