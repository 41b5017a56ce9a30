/* likely score --save: scores gathered for a file. */
#include "base/hash.h"
#include "cli/score.h"
#include "cli/scores_file.h"

#include <stdlib.h>

struct lk_score_keeper {
	lk_costs costs; /* of which so many are in use: */
	size_t token_room, document_room;
	uint64_t *document; /* bytes of each */
	lk_hasher *hasher;
};

lk_status lk_score_keeper_new(lk_score_keeper **out, lk_error *error)
{
	lk_score_keeper *keeper = calloc(1, sizeof *keeper);

	if (keeper)
		keeper->hasher = lk_hasher_new();
	if (!keeper || !keeper->hasher) {
		free(keeper);
		return lk_fail(error, LK_NOMEM, "out of memory for scores");
	}
	*out = keeper;
	return LK_OK;
}

void lk_score_keeper_free(lk_score_keeper *keeper)
{
	if (!keeper)
		return;
	lk_costs_free(&keeper->costs);
	free(keeper->document);
	lk_hasher_free(keeper->hasher);
	free(keeper);
}

/* Room for `wanted` elements of `size` bytes; false when out of memory. */
static bool grow(void *array, size_t wanted, size_t size)
{
	void **at = array;
	void *grown = realloc(*at, wanted * size);

	if (grown)
		*at = grown;
	return grown != NULL;
}

static lk_status make_room(lk_score_keeper *k, size_t tokens, lk_error *error)
{
	lk_costs *c = &k->costs;
	bool enough = true;

	if (c->tokens + tokens > k->token_room) {
		k->token_room = 2 * (c->tokens + tokens);
		enough = grow(&c->nll, k->token_room, sizeof *c->nll) &&
			 grow(&c->nbytes, k->token_room, sizeof *c->nbytes);
	}
	if (enough && c->documents == k->document_room) {
		k->document_room = 2 * c->documents + 16;
		enough = grow(&c->end_nll, k->document_room, sizeof *c->end_nll) &&
			 grow(&k->document, k->document_room, sizeof *k->document);
	}
	return enough ? LK_OK : lk_fail(error, LK_NOMEM, "out of memory for scores");
}

lk_status lk_score_keep(lk_score_keeper *keeper, const lk_score_batch *batch,
		const lk_tokenizer *tokenizer, lk_error *error)
{
	lk_costs *c = &keeper->costs;

	for (size_t i = 0; i < batch->count; i++) {
		const lk_ids *ids = &batch->ids[i];
		lk_status status = make_room(keeper, ids->count, error);
		size_t nbytes;

		if (status)
			return status;
		for (size_t t = 0; t < ids->count; t++) {
			lk_tokenizer_piece(tokenizer, ids->data[t], &nbytes);
			c->nll[c->tokens] = batch->nll[i][t];
			c->nbytes[c->tokens++] = (uint32_t)nbytes;
		}
		c->end_nll[c->documents] = batch->nll[i][ids->count];
		keeper->document[c->documents++] = batch->record[i].nbytes;
		lk_hasher_add(keeper->hasher, batch->record[i].text,
				batch->record[i].nbytes);
	}
	return LK_OK;
}

lk_status lk_score_keeper_write(const lk_score_keeper *keeper, const char *path,
		const lk_policy *policy, const char *model, lk_error *error)
{
	char hash[33];

	lk_hasher_text(keeper->hasher, hash);
	return lk_scores_write(path, &keeper->costs, policy, model, hash,
			keeper->document, error);
}
