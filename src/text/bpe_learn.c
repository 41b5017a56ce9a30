#include "text/bpe_learn.h"

#include "text/bpe_merges.h"
#include "text/bpe_pairs.h"
#include "text/bpe_rows.h"

#include <stdlib.h>
#include <string.h>

enum { BYTES = 256, LEAST_COUNT = 2, WATCHED = 256 /* tokens between two calls */ };

/* A token that stands beside those merged in a step. */
typedef struct {
	int64_t gone;     /* pairs of it with what has been merged away */
	int64_t come;     /* pairs of it with what has been made */
	lk_place *place;  /* of the latter, in pairs */
	uint32_t places;  /* how many */
	bool known;       /* listed in `known` */
} neighbour;

typedef struct {
	uint32_t token;
	lk_place place;
} meeting;

/* One side of what a step merges. */
typedef struct {
	neighbour *of;   /* [tokens] */
	uint32_t *known; /* those with a neighbour */
	size_t knowns;
	meeting *met;
	size_t meetings, capacity;
} side;

typedef struct {
	lk_bpe_rows rows;
	lk_pairs pairs;
	lk_word_table pieces; /* numbered as the tokens are */
	uint32_t *nbytes;     /* [tokens] */
	side left, right;
	lk_bpe_merge *merge;
	size_t merges, merge_capacity;
	bool again; /* some pair has been merged twice */
} learner;

static lk_status no_memory(lk_error *error)
{
	return lk_fail(error, LK_NOMEM, "out of memory for learning merges; use less text");
}

static bool make_side(side *made, uint32_t tokens)
{
	made->of = calloc(tokens, sizeof *made->of);
	made->known = malloc(tokens * sizeof *made->known);
	return made->of && made->known;
}

static void free_side(side *freed)
{
	free(freed->of);
	free(freed->known);
	free(freed->met);
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
	if (!l->nbytes || !make_side(&l->left, tokens) || !make_side(&l->right, tokens))
		return no_memory(error);
	status = lk_tokenizer_new_byte(&byte, error);
	for (uint32_t i = 0; i < BYTES && !status; i++) {
		byte_id[byte->piece[i][0]] = i;
		status = add_piece(l, byte->piece[i], 1, &id, error);
	}
	lk_tokenizer_free(byte);
	return status ? status
		      : lk_bpe_rows_init(&l->rows, counts, byte_id, l->nbytes, error);
}

/* All pairs of bytes and their places. */
static lk_status find_pairs(learner *l, lk_error *error)
{
	neighbour *found = calloc((size_t)BYTES * BYTES, sizeof *found);
	const uint32_t *slot = l->rows.slot;
	lk_status status = found ? LK_OK : no_memory(error);
	size_t word = 0;

	/* twice: to count, and to write down */
	for (int pass = 0; pass < 2 && !status; pass++) {
		word = SIZE_MAX;
		for (size_t at = 0; at + 1 < l->rows.slots; at++) {
			neighbour *pair;

			word += slot[at] == LK_ROW_EDGE;
			if (slot[at] == LK_ROW_EDGE || slot[at + 1] == LK_ROW_EDGE)
				continue;
			pair = &found[slot[at] * BYTES + slot[at + 1]];
			pair->come += (int64_t)l->rows.count[word];
			if (!pass)
				pair->places++;
			else if (pair->place)
				*pair->place++ = (lk_place){ (uint32_t)at,
					(uint32_t)word };
		}
		for (uint64_t i = 0; i < BYTES * BYTES && !pass && !status; i++)
			if (found[i].come >= LEAST_COUNT)
				status = lk_pairs_add(&l->pairs,
						i / BYTES << 32 | i % BYTES,
						found[i].come, found[i].places,
						&found[i].place, error);
	}
	free(found);
	return status;
}

static neighbour *know(side *s, uint32_t token)
{
	neighbour *n = &s->of[token];

	if (!n->known) {
		n->known = true;
		s->known[s->knowns++] = token;
	}
	return n;
}

/* Room is there: at most as many meetings as places. */
static void meet(side *s, uint32_t token, uint64_t count, size_t at, uint32_t word)
{
	neighbour *n = know(s, token);

	n->come += (int64_t)count;
	n->places++;
	s->met[s->meetings++] = (meeting){ token, { (uint32_t)at, word } };
}

/* Merge two tokens at a place; what stood beside them now stands beside `made`.
 * Pairs are counted as Hugging Face's trainer counts them: in "aaa", (a, a) is
 * there twice, and where `made` follows another just made, (made, left), which the
 * merge before counted, is taken back. */
static void merge_place(learner *l, lk_bpe_merge merge, size_t at, uint32_t word)
{
	size_t before = lk_row_before(&l->rows, at);
	uint64_t count = l->rows.count[word];
	uint32_t left = l->rows.slot[before], right;

	lk_row_merge(&l->rows, at, merge.made);
	right = l->rows.slot[lk_row_next(&l->rows, at)];
	if (left == merge.made) {
		know(&l->right, merge.left)->come -= (int64_t)count;
		meet(&l->right, left, count, before, word);
	} else if (left != LK_ROW_EDGE) {
		know(&l->left, left)->gone += (int64_t)count;
		meet(&l->left, left, count, before, word);
	}
	if (right != LK_ROW_EDGE) {
		know(&l->right, right)->gone += (int64_t)count;
		meet(&l->right, right, count, at, word);
	}
}

/* All of a word, whichever of its pairs the batch is of. */
static void merge_word(learner *l, lk_bpe_merge merge, lk_place place)
{
	size_t at = place.at;

	while (l->rows.slot[at] != LK_ROW_EDGE)
		at--;
	for (at++; l->rows.slot[at] != LK_ROW_EDGE;
			at = lk_row_next(&l->rows, at))
		if (lk_row_is_pair(&l->rows, at, merge.left, merge.right))
			merge_place(l, merge, at, place.word);
}

static lk_status reserve_meetings(side *s, size_t count, lk_error *error)
{
	meeting *grown;

	if (count <= s->capacity)
		return LK_OK;
	grown = realloc(s->met, count * sizeof *grown);
	if (!grown)
		return no_memory(error);
	s->met = grown;
	s->capacity = count;
	return LK_OK;
}

static void lose(learner *l, uint32_t left, uint32_t right, int64_t count)
{
	lk_pair *pair = lk_pairs_find(&l->pairs, lk_bpe_pair(left, right));

	if (pair)
		pair->count -= count;
}

/* Pairs that came about wait for their turn, but for those that will never be
 * frequent enough. */
static lk_status gain(learner *l, neighbour *n, uint32_t left, uint32_t right,
		lk_error *error)
{
	uint64_t key = lk_bpe_pair(left, right);
	lk_pair *pair = lk_pairs_find(&l->pairs, key);

	n->place = NULL;
	if (n->places && n->come + (pair ? pair->count : 0) >= LEAST_COUNT)
		return lk_pairs_add(&l->pairs, key, n->come, n->places, &n->place,
				error);
	if (pair)
		pair->count += n->come;
	return LK_OK;
}

static lk_status settle(learner *l, side *s, lk_bpe_merge merge, lk_error *error)
{
	bool is_left = s == &l->left;
	lk_status status = LK_OK;

	for (size_t i = 0; i < s->knowns && !status; i++) {
		uint32_t token = s->known[i];
		neighbour *n = &s->of[token];

		if (is_left)
			lose(l, token, merge.left, n->gone);
		else
			lose(l, merge.right, token, n->gone);
		status = is_left ? gain(l, n, token, merge.made, error)
				 : gain(l, n, merge.made, token, error);
	}
	for (size_t i = 0; i < s->meetings && !status; i++) {
		neighbour *n = &s->of[s->met[i].token];

		if (n->place)
			*n->place++ = s->met[i].place;
	}
	for (size_t i = 0; i < s->knowns; i++)
		s->of[s->known[i]] = (neighbour){ 0 };
	s->knowns = s->meetings = 0;
	return status;
}

/* In "aaa" a step meets one place from both sides, and where a token is made anew
 * words are looked through whole: as many meetings as tokens in the words then. */
static size_t most_meetings(const learner *l, const lk_pair_batch *batch, bool whole)
{
	return whole ? l->rows.slots : 2 * batch->count;
}

static lk_status merge_batch(learner *l, const lk_pair_batch *batch, lk_bpe_merge merge,
		lk_error *error)
{
	bool whole = l->pairs.pair[batch->pair].batches > 1;
	size_t most = most_meetings(l, batch, whole);
	lk_status status = reserve_meetings(&l->left, most, error);

	if (!status)
		status = reserve_meetings(&l->right, most, error);
	if (status)
		return status;
	for (size_t i = 0; i < batch->count; i++) {
		lk_place place = batch->place[i];

		if (whole)
			merge_word(l, merge, place);
		else if (lk_row_is_pair(&l->rows, place.at, merge.left,
					 merge.right))
			merge_place(l, merge, place.at, place.word);
	}
	l->again |= whole;
	status = settle(l, &l->left, merge, error);
	return status ? status : settle(l, &l->right, merge, error);
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
	if (l->merges == l->merge_capacity) {
		size_t capacity = 2 * l->merge_capacity + 1024;
		lk_bpe_merge *grown = realloc(l->merge, capacity * sizeof *grown);

		if (!grown)
			return no_memory(error);
		l->merge = grown;
		l->merge_capacity = capacity;
	}
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

		if (!top || count < LEAST_COUNT)
			break;
		batch = *top; /* they move while others are added */
		key = l->pairs.pair[batch.pair].key;
		merge.left = (uint32_t)(key >> 32);
		merge.right = (uint32_t)key;
		status = make_token(l, &merge, error);
		if (!status)
			status = keep_merge(l, merge, error);
		if (!status)
			status = merge_batch(l, &batch, merge, error);
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
	free_side(&l.left);
	free_side(&l.right);
	return status;
}
