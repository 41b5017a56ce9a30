#include "text/bpe_step.h"

#include "base/array.h"

#include <stdlib.h>

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

struct lk_bpe_step {
	lk_bpe_rows *rows;
	lk_pairs *pairs;
	side left, right;
};

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

lk_status lk_bpe_step_new(lk_bpe_step **step, lk_bpe_rows *rows, lk_pairs *pairs,
		uint32_t tokens, lk_error *error)
{
	lk_bpe_step *made = calloc(1, sizeof *made);

	if (!made)
		return no_memory(error);
	made->rows = rows;
	made->pairs = pairs;
	if (!make_side(&made->left, tokens) || !make_side(&made->right, tokens)) {
		lk_bpe_step_free(made);
		return no_memory(error);
	}
	*step = made;
	return LK_OK;
}

void lk_bpe_step_free(lk_bpe_step *step)
{
	if (!step)
		return;
	free_side(&step->left);
	free_side(&step->right);
	free(step);
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
static void merge_place(lk_bpe_step *step, lk_bpe_merge merge, size_t at, uint32_t word)
{
	size_t before = lk_row_before(step->rows, at);
	uint64_t count = step->rows->count[word];
	uint32_t left = step->rows->slot[before], right;

	lk_row_merge(step->rows, at, merge.made);
	right = step->rows->slot[lk_row_next(step->rows, at)];
	if (left == merge.made) {
		know(&step->right, merge.left)->come -= (int64_t)count;
		meet(&step->right, left, count, before, word);
	} else if (left != LK_ROW_EDGE) {
		know(&step->left, left)->gone += (int64_t)count;
		meet(&step->left, left, count, before, word);
	}
	if (right != LK_ROW_EDGE) {
		know(&step->right, right)->gone += (int64_t)count;
		meet(&step->right, right, count, at, word);
	}
}

/* All of a word, whichever of its pairs the batch is of. */
static void merge_word(lk_bpe_step *step, lk_bpe_merge merge, lk_place place)
{
	size_t at = place.at;

	while (step->rows->slot[at] != LK_ROW_EDGE)
		at--;
	for (at++; step->rows->slot[at] != LK_ROW_EDGE;
			at = lk_row_next(step->rows, at))
		if (lk_row_is_pair(step->rows, at, merge.left, merge.right))
			merge_place(step, merge, at, place.word);
}

static lk_status reserve_meetings(side *s, size_t count, lk_error *error)
{
	return lk_array_reserve(&s->met, &s->capacity, count, sizeof *s->met)
			? LK_OK
			: no_memory(error);
}

static void lose(lk_bpe_step *step, uint32_t left, uint32_t right, int64_t count)
{
	lk_pair *pair = lk_pairs_find(step->pairs, lk_bpe_pair(left, right));

	if (pair)
		pair->count -= count;
}

/* Pairs that came about wait for their turn, but for those that will never be
 * frequent enough. */
static lk_status gain(lk_bpe_step *step, neighbour *n, uint32_t left, uint32_t right,
		lk_error *error)
{
	uint64_t key = lk_bpe_pair(left, right);
	lk_pair *pair = lk_pairs_find(step->pairs, key);

	n->place = NULL;
	if (n->places && n->come + (pair ? pair->count : 0) >= LK_PAIR_LEAST)
		return lk_pairs_add(step->pairs, key, n->come, n->places, &n->place,
				error);
	if (pair)
		pair->count += n->come;
	return LK_OK;
}

static lk_status settle(lk_bpe_step *step, side *s, lk_bpe_merge merge, lk_error *error)
{
	bool is_left = s == &step->left;
	lk_status status = LK_OK;

	for (size_t i = 0; i < s->knowns && !status; i++) {
		uint32_t token = s->known[i];
		neighbour *n = &s->of[token];

		if (is_left)
			lose(step, token, merge.left, n->gone);
		else
			lose(step, merge.right, token, n->gone);
		status = is_left ? gain(step, n, token, merge.made, error)
				 : gain(step, n, merge.made, token, error);
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
static size_t most_meetings(const lk_bpe_step *step, const lk_pair_batch *batch, bool whole)
{
	return whole ? step->rows->slots : 2 * batch->count;
}

lk_status lk_bpe_step_merge(lk_bpe_step *step, const lk_pair_batch *batch,
		lk_bpe_merge merge, lk_error *error)
{
	bool whole = step->pairs->pair[batch->pair].batches > 1;
	size_t most = most_meetings(step, batch, whole);
	lk_status status = reserve_meetings(&step->left, most, error);

	if (!status)
		status = reserve_meetings(&step->right, most, error);
	if (status)
		return status;
	for (size_t i = 0; i < batch->count; i++) {
		lk_place place = batch->place[i];

		if (whole)
			merge_word(step, merge, place);
		else if (lk_row_is_pair(step->rows, place.at, merge.left,
					 merge.right))
			merge_place(step, merge, place.at, place.word);
	}
	status = settle(step, &step->left, merge, error);
	return status ? status : settle(step, &step->right, merge, error);
}
