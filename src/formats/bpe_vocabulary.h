/* formats/bpe_vocabulary.h
 * A BPE from its file's parts: a vocabulary {token: id} and a list of merges, the
 * tokens spelt as formats/byte_level.h has it. */
#ifndef LK_FORMATS_BPE_VOCABULARY_H
#define LK_FORMATS_BPE_VOCABULARY_H

#include "formats/json.h"
#include "text/tokenizer_bpe.h"

/* Zeroed is empty; free with lk_bpe_vocabulary_free. */
typedef struct {
	const json_t *ids; /* {token: id}; not owned */
	uint32_t end;      /* id of <|endoftext|>, which ids may hold or not */
	lk_bpe_merge *merge;
	size_t merges, capacity;
} lk_bpe_vocabulary;

/* Append the merge of two tokens. A failure is the reader's: one of them, or what
 * they make, is not in the vocabulary. */
void lk_bpe_vocabulary_merge(lk_bpe_vocabulary *vocabulary, lk_json_reader *reader,
		const char *left, const char *right);

/* The tokenizer. A vocabulary whose ids are not 0, 1, ..., a token that is not in
 * this spelling, merges that contradict it are refused (LK_FORMAT). */
lk_status lk_bpe_vocabulary_make(lk_tokenizer **tokenizer,
		const lk_bpe_vocabulary *vocabulary, lk_split split,
		lk_json_reader *reader);

void lk_bpe_vocabulary_free(lk_bpe_vocabulary *vocabulary);

#endif
