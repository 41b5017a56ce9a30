/* text/bpe_train.h
 * Learning a byte-level BPE [Sennrich et al. 2016, "Neural machine translation of
 * rare words with subword units", ACL; Radford et al. 2019] from a corpus.
 *
 * Beginning with the 256 bytes, the pair of neighbouring tokens that occurs most
 * often in the words (text/words.h) of the corpus becomes a token, again and
 * again. Of pairs that occur equally often, the smaller (left, right) pair of ids
 * is taken. In "aaa" the pair (a, a) counts twice. A pair that occurs once is not
 * merged. These are the merges that Hugging Face's BpeTrainer(vocab_size = N - 1,
 * min_frequency = 2, initial_alphabet = ByteLevel.alphabet()) learns from the
 * same documents, one item each. */
#ifndef LK_TEXT_BPE_TRAIN_H
#define LK_TEXT_BPE_TRAIN_H

#include "text/corpus.h"
#include "text/tokenizer.h"
#include "text/words.h"

enum {
	LK_BPE_LEAST_VOCABULARY = 257,     /* the bytes and the end of text */
	LK_BPE_MOST_VOCABULARY = 1 << 20,
};

typedef struct {
	uint32_t vocabulary; /* N: bytes, merges and the end of text */
	lk_split split;
	int threads;         /* at least 1; the result does not depend on it */
	/* Words are counted in memory: where the different ones come to more than
	 * this many bytes, the rarest are dropped, at places that follow from the
	 * text alone [Manku and Motwani 2002, "Approximate frequency counts over
	 * data streams", VLDB]. 0: LK_BPE_MOST_DISTINCT. */
	size_t most_distinct;
	lk_text_watch watch; /* of the bytes "counted", then of the tokens "merged" */
} lk_bpe_train_config;

enum { LK_BPE_MOST_DISTINCT = 32 << 20 };

typedef struct {
	uint64_t nbytes;   /* of text read */
	uint64_t words;    /* counted, with repetitions */
	size_t distinct;   /* different ones learnt from */
	uint64_t dropped;  /* words dropped (with repetitions) for want of memory;
	                      0: the counts are exact */
	size_t merges;     /* learnt */
	bool exhausted;    /* no pair was left that occurs twice: the vocabulary is
	                      smaller than asked for */
} lk_bpe_train_result;

/* Learn from these documents; where nothing occurs twice, the result is the
 * tokenizer of bytes. result may be NULL. Fails with LK_RANGE where the
 * text is too long to be one word (split none), with LK_IO where a file cannot be
 * read or changes. */
lk_status lk_tokenizer_new_bpe_trained(lk_tokenizer **tokenizer,
		const lk_documents *documents, const lk_bpe_train_config *config,
		lk_bpe_train_result *result, lk_error *error);

#endif
