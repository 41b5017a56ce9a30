/* text/words.h
 * Text into words: stretches that byte-level BPE never merges across.
 *
 *   gpt2  's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|
 *         \s+(?!\S)|\s+                        [Radford et al. 2019]
 *   gpt4  (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|
 *         ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
 *         (what is in GPT-4's cl100k; a space stands before its second "?[^")
 *   none  a text is one word
 *
 * The first alternative that matches is taken, as long as it gets. Ignoring case,
 * "s" is also U+017F, as Unicode's simple folding has it. Every byte belongs to
 * one word. A byte that is no UTF-8 is a character that is neither letter, number
 * nor space. Characters are those of lk_unicode_version().
 *
 * Any thread may call. */
#ifndef LK_TEXT_WORDS_H
#define LK_TEXT_WORDS_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

/* clang-format off */
#define LK_SPLITS(X)                                              \
	X(GPT2, "gpt2")                                           \
	X(GPT4, "gpt4")                                           \
	X(NONE, "none")
/* clang-format on */

typedef enum {
#define X(name, text) LK_SPLIT_##name,
	LK_SPLITS(X)
#undef X
	LK_SPLIT_COUNT
} lk_split;

const char *lk_split_name(lk_split split);

/* From its name; fails with LK_RANGE, naming the choices. */
lk_status lk_split_parse(lk_split *split, const char *text, lk_error *error);

/* Number of bytes (>= 1) of the word at text, which has nbytes >= 1 left and
 * begins with a word. */
size_t lk_word_next(lk_split split, const unsigned char *text, size_t nbytes);

/* The greatest place <= at (<= nbytes) where text may be cut so that the words of
 * both sides are the words of the whole, whatever stands before text or behind
 * it; 0 where there is none. */
size_t lk_word_cut(lk_split split, const unsigned char *text, size_t nbytes,
		size_t at);

#endif
