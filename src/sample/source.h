/* sample/source.h
 * Where the numbers come from that text is drawn from: a model that reads several
 * streams of equally many tokens side by side. */
#ifndef LK_SAMPLE_SOURCE_H
#define LK_SAMPLE_SOURCE_H

#include "model/model.h"
#include "ngram/ngram.h"
#include "text/tokenizer.h"

typedef struct lk_source lk_source;

struct lk_source {
	size_t streams, vocabulary;
	bool *dropped; /* [streams] */
	/* ids[s] is all that stream s consists of, the end of text first; the last
	 * `fresh` of each are new since the call before. Streams that were dropped
	 * are not looked at, and have no logits. Returns the logits of what
	 * follows, (streams, V), valid until the next call: logarithms of
	 * probabilities but for a constant, -INFINITY what is impossible. */
	const float *(*logits)(lk_source *, const lk_ids *ids, size_t fresh);
	void (*drop)(lk_source *, size_t stream); /* or NULL */
	void (*free)(lk_source *);
};

void lk_source_free(lk_source *source); /* accepts NULL */

/* The stream has ended. At least one must remain. */
void lk_source_drop(lk_source *source, size_t stream);

/* A Transformer, which must outlive the source and not be trained meanwhile. When
 * its context is full, the newer half of it is kept and read again from position 0;
 * of more fresh ids than the context holds, the last are read. */
lk_status lk_source_new_transformer(lk_source **source, lk_model *model, size_t streams,
		int threads, lk_error *error);

/* An n-gram model, which must outlive the source. */
lk_status lk_source_new_ngram(lk_source **source, const lk_ngram *ngram, size_t streams,
		lk_error *error);

#endif
