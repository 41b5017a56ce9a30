/* text/bpe_encode.h
 * What tokenizer_bpe.c makes and bpe_encode.c encodes with. */
#ifndef LK_TEXT_BPE_ENCODE_H
#define LK_TEXT_BPE_ENCODE_H

#include "text/bpe_merges.h"

#include <pthread.h>

/* Memory that an encoding thread borrows (text/bpe_scratch.h). */
typedef struct lk_bpe_scratch lk_bpe_scratch;

typedef struct {
	lk_tokenizer base;
	lk_bpe_parts parts;   /* as given, but for `piece` */
	lk_bpe_merge *merge;  /* what parts.merge leads to */
	lk_bpe_merges merges;
	uint32_t byte_id[256];
	unsigned char *bytes; /* of all pieces */
	const unsigned char **piece;
	uint32_t *piece_nbytes;
	unsigned char *joined; /* [256 * 256 / 8] bit x << 8 | y: in some piece y
				  follows x */
	pthread_mutex_t lock;  /* of idle */
	lk_bpe_scratch *idle;
} lk_bpe;

/* Methods of lk_tokenizer_kind. */
lk_status lk_bpe_encode(const lk_tokenizer *tokenizer, const unsigned char *text,
		size_t nbytes, uint64_t offset, lk_ids *ids, lk_error *error);
lk_status lk_bpe_encode_dropout(const lk_tokenizer *tokenizer,
		const lk_bpe_dropout *dropout, const unsigned char *text,
		size_t nbytes, uint64_t place, lk_ids *ids, lk_error *error);

void lk_bpe_scratch_free(lk_bpe_scratch *scratch); /* and those behind it */

#endif
