/* text/tokenizer_bpe.h
 * The tokenizer of kind "bpe": byte-level BPE from merges that are at hand.
 *
 * A word (text/words.h) begins as its bytes; of the pairs of neighbours that can
 * be merged the one of lowest rank, of those the leftmost, is merged, until none
 * can. That takes time n log n in the length of a word, whatever is in it. */
#ifndef LK_TEXT_TOKENIZER_BPE_H
#define LK_TEXT_TOKENIZER_BPE_H

#include "text/tokenizer.h"
#include "text/words.h"

/* left followed by right becomes made. The rank of a merge is its place. */
typedef struct {
	uint32_t left, right, made;
} lk_bpe_merge;

/* Bytes of one token. */
typedef struct {
	const unsigned char *bytes;
	uint32_t nbytes;
} lk_bpe_piece;

/* What a tokenizer is made of; all of it is copied. */
typedef struct {
	lk_split split;
	const lk_bpe_merge *merge;
	size_t merges;
	/* [vocabulary] the bytes of each id. Each of the 256 bytes is a piece; the
	 * end of text's entry is not looked at. */
	const lk_bpe_piece *piece;
	uint32_t vocabulary;
	uint32_t end; /* id of <|endoftext|> */
} lk_bpe_parts;

/* Fails with LK_FORMAT where the parts contradict each other: a byte without an
 * id, an id out of range, a merge whose sides are not what it makes, a pair
 * merged twice. */
lk_status lk_tokenizer_new_bpe(
		lk_tokenizer **tokenizer, const lk_bpe_parts *parts, lk_error *error);

/* The same for a vocabulary that the merges make: ids 0 to 255 are the bytes in
 * GPT-2's order, merges make the ids from 256 on (each the next, or one there
 * already), and the end of text comes last. */
lk_status lk_tokenizer_new_bpe_merges(lk_tokenizer **tokenizer, lk_split split,
		const lk_bpe_merge *merge, size_t merges, lk_error *error);

/* The first merges of a tokenizer made by lk_tokenizer_new_bpe_merges, as many as make a
 * vocabulary of so many ids: what learning no more than these would have made. At least
 * 257 and at most the tokenizer's own. */
lk_status lk_tokenizer_new_bpe_smaller(lk_tokenizer **tokenizer, const lk_tokenizer *of,
		uint32_t vocabulary, lk_error *error);

/* What the tokenizer was made of, or NULL where its kind is another. `piece` is
 * NULL: lk_tokenizer_piece has them. Lives as long as the tokenizer. */
const lk_bpe_parts *lk_tokenizer_bpe_parts(const lk_tokenizer *tokenizer);

#endif
