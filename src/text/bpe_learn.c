#include "text/bpe_learn.h"

#include "base/array.h"
#include "text/bpe_step.h"

#include <stdlib.h>
#include <string.h>

enum { BYTES = 256, WATCHED = 256 /* tokens between two calls */ };

typedef struct {
	lk_bpe_rows rows;
	lk_pairs pairs;
	lk_word_table pieces; /* numbered as the tokens are */
	uint32_t *nbytes;     /* [tokens] */
	lk_bpe_step *step;
	lk_bpe_merge *merge;
	size_t merges, merge_capacity;
	bool again; /* some pair has been merged twice */
} learner;

static lk_status no_memory(lk_error *error)
{
	return lk_fail(error, LK_NOMEM, "out of memory for learning merges; use less text");
}

static lk_status add_piece(learner *l, const unsigned char *bytes, uint32_t nbytes,
		size_t *id, lk_error *error)
{
	lk_status status = lk_word_table_add(&l->pieces, bytes, nbytes,
			lk_hash64(bytes, nbytes), 1, id, error);

	if (!status)
		l->nbytes[*id] = nbytes;
	return status;
}

static lk_status prepare(learner *l, lk_word_counts *counts, uint32_t tokens,
		lk_error *error)
{
	uint32_t byte_id[BYTES];
	lk_tokenizer *byte = NULL;
	size_t id;
	lk_status status = LK_OK;

	l->nbytes = calloc(tokens, sizeof *l->nbytes);
	if (!l->nbytes)
		return no_memory(error);
	status = lk_bpe_step_new(&l->step, &l->rows, &l->pairs, tokens, error);
	if (!status)
		status = lk_tokenizer_new_byte(&byte, error);
	for (uint32_t i = 0; i < BYTES && !status; i++) {
		byte_id[byte->piece[i][0]] = i;
		status = add_piece(l, byte->piece[i], 1, &id, error);
	}
	lk_tokenizer_free(byte);
	return status ? status
		      : lk_bpe_rows_init(&l->rows, counts, byte_id, l->nbytes, error);
}

typedef struct {
	int64_t count;
	uint32_t places;
	lk_place *place; /* in pairs, once they are counted */
} found_pair;

/* All pairs of bytes and their places. */
static lk_status find_pairs(learner *l, lk_error *error)
{
	found_pair *found = calloc((size_t)BYTES * BYTES, sizeof *found);
	const uint32_t *slot = l->rows.slot;
	lk_status status = found ? LK_OK : no_memory(error);
	size_t word = 0;

	/* twice: to count, and to write down */
	for (int pass = 0; pass < 2 && !status; pass++) {
		word = SIZE_MAX;
		for (size_t at = 0; at + 1 < l->rows.slots; at++) {
			found_pair *pair;

			word += slot[at] == LK_ROW_EDGE;
			if (slot[at] == LK_ROW_EDGE || slot[at + 1] == LK_ROW_EDGE)
				continue;
			pair = &found[slot[at] * BYTES + slot[at + 1]];
			pair->count += (int64_t)l->rows.count[word];
			if (!pass)
				pair->places++;
			else if (pair->place)
				*pair->place++ = (lk_place){ (uint32_t)at,
					(uint32_t)word };
		}
		for (uint64_t i = 0; i < BYTES * BYTES && !pass && !status; i++)
			if (found[i].count >= LK_PAIR_LEAST)
				status = lk_pairs_add(&l->pairs,
						i / BYTES << 32 | i % BYTES,
						found[i].count, found[i].places,
						&found[i].place, error);
	}
	free(found);
	return status;
}

/* The token that two make: a new one, or one that others have made already. */
static lk_status make_token(learner *l, lk_bpe_merge *merge, lk_error *error)
{
	const lk_word *left = &l->pieces.word[merge->left];
	const lk_word *right = &l->pieces.word[merge->right];
	uint32_t nbytes = left->nbytes + right->nbytes;
	unsigned char *bytes = malloc(nbytes);
	size_t id;
	lk_status status;

	if (!bytes)
		return no_memory(error);
	memcpy(bytes, lk_word_bytes(&l->pieces, left), left->nbytes);
	memcpy(bytes + left->nbytes, lk_word_bytes(&l->pieces, right), right->nbytes);
	status = add_piece(l, bytes, nbytes, &id, error);
	free(bytes);
	merge->made = (uint32_t)id;
	return status;
}

static lk_status keep_merge(learner *l, lk_bpe_merge merge, lk_error *error)
{
	if (!lk_array_reserve(&l->merge, &l->merge_capacity, l->merges + 1,
			    sizeof *l->merge))
		return no_memory(error);
	l->merge[l->merges++] = merge;
	return LK_OK;
}

static lk_status learn(learner *l, uint32_t tokens, const lk_text_watch *watch,
		lk_error *error)
{
	lk_status status = LK_OK;

	while (l->pieces.count < tokens && !status) {
		uint64_t count;
		const lk_pair_batch *top = lk_pairs_pop(&l->pairs, &count);
		lk_pair_batch batch;
		lk_bpe_merge merge = { 0 };
		uint64_t key;

		if (!top || count < LK_PAIR_LEAST)
			break;
		batch = *top; /* they move while others are added */
		l->again |= l->pairs.pair[batch.pair].batches > 1;
		key = l->pairs.pair[batch.pair].key;
		merge.left = (uint32_t)(key >> 32);
		merge.right = (uint32_t)key;
		status = make_token(l, &merge, error);
		if (!status)
			status = keep_merge(l, merge, error);
		if (!status)
			status = lk_bpe_step_merge(l->step, &batch, merge, error);
		if (l->merges % WATCHED == 0)
			lk_text_watch_show(watch, "merged", l->pieces.count, tokens);
	}
	return status;
}

/* Of several merges of the same two, the last counts, as it does for Hugging
 * Face's trainer. */
static lk_status drop_repeated(learner *l, lk_error *error)
{
	lk_word_table seen = { 0 };
	lk_status status = LK_OK;
	size_t kept = l->merges;

	for (size_t i = l->merges; i-- > 0 && !status;) {
		uint32_t pair[2] = { l->merge[i].left, l->merge[i].right };
		size_t before = seen.count;

		status = lk_word_table_add(&seen, (unsigned char *)pair, sizeof pair,
				lk_hash64(pair, sizeof pair), 1, NULL, error);
		if (seen.count > before)
			l->merge[--kept] = l->merge[i];
	}
	l->merges -= kept;
	memmove(l->merge, l->merge + kept, l->merges * sizeof *l->merge);
	lk_word_table_free(&seen);
	return status;
}

lk_status lk_bpe_learn(lk_bpe_merge **merge, size_t *merges, uint32_t *made,
		lk_word_counts *counts, uint32_t tokens, const lk_text_watch *watch,
		lk_error *error)
{
	learner l = { 0 };
	lk_status status = prepare(&l, counts, tokens, error);

	if (!status)
		status = find_pairs(&l, error);
	if (!status)
		status = learn(&l, tokens, watch, error);
	if (!status && l.again)
		status = drop_repeated(&l, error);
	*made = (uint32_t)l.pieces.count;
	*merges = l.merges;
	*merge = NULL;
	if (!status)
		*merge = l.merge;
	else
		free(l.merge);
	lk_bpe_rows_free(&l.rows);
	lk_pairs_free(&l.pairs);
	lk_word_table_free(&l.pieces);
	free(l.nbytes);
	lk_bpe_step_free(l.step);
	return status;
}
