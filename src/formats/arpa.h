/* formats/arpa.h
 * N-gram models in the ARPA format, which KenLM, SRILM and others read and write:
 *
 *     \data\
 *     ngram 1=5
 *     ngram 2=7
 *
 *     \1-grams:
 *     -1.2304489<TAB>the[<TAB>-0.30103]
 *     ...
 *     \end\
 *
 * Each line has log10 p, the words, and log10 of the back-off weight (none at the
 * longest length; 0 where absent). -99 and less is the logarithm of 0.
 *
 * <s> and </s> both are the end of text: <s> as a context, </s> as what is predicted.
 * <unk> has the probability of each id that is not in the file; written files hold
 * all ids, and <unk> with probability 0. */
#ifndef LK_FORMATS_ARPA_H
#define LK_FORMATS_ARPA_H

#include "ngram/ngram.h"
#include "text/tokenizer.h"

/* How ids are spelt as words. */
typedef struct lk_arpa_names lk_arpa_names;

/* In decimal: 0, 1, ... */
lk_status lk_arpa_names_new_ids(lk_arpa_names **names, uint32_t vocabulary,
		uint32_t end, lk_error *error);

/* As the tokens' bytes, each written as lk_byte_stand_in has it. Fails with
 * LK_UNSUPPORTED where two tokens look alike, or like <s>, </s> or <unk>. */
lk_status lk_arpa_names_new_pieces(lk_arpa_names **names,
		const lk_tokenizer *tokenizer, lk_error *error);
void lk_arpa_names_free(lk_arpa_names *names); /* accepts NULL */

/* The word of an id that is not the end, and the id of a word, or UINT32_MAX. */
const char *lk_arpa_name(const lk_arpa_names *names, uint32_t id);
uint32_t lk_arpa_find(const lk_arpa_names *names, const char *word, size_t nbytes);
uint32_t lk_arpa_vocabulary(const lk_arpa_names *names);
uint32_t lk_arpa_end(const lk_arpa_names *names);

/* Replace path by a file of the model, atomically; "-" is standard output. */
lk_status lk_arpa_write(const char *path, const lk_ngram *ngram,
		const lk_arpa_names *names, lk_error *error);

/* The model of a file. Messages name the line. Refused are files that break the
 * format, words that are no names, n-grams with <unk>, n-grams whose first tokens
 * are not in the file as an n-gram of their own, and numbers that no probability
 * can have. */
lk_status lk_arpa_read(lk_ngram **ngram, const char *path, const lk_arpa_names *names,
		lk_error *error);

#endif
