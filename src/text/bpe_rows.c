#include "text/bpe_rows.h"

#include <stdlib.h>

void lk_bpe_rows_free(lk_bpe_rows *rows)
{
	free(rows->slot);
	free(rows->count);
	*rows = (lk_bpe_rows){ 0 };
}

lk_status lk_bpe_rows_init(lk_bpe_rows *rows, lk_word_counts *counts,
		const uint32_t byte_id[256], uint32_t *nbytes, lk_error *error)
{
	size_t bytes = 0, words = 0, at = 0, word = 0;

	for (int i = 0; i < LK_WORD_PARTS; i++) {
		bytes += counts->part[i].nbytes;
		words += counts->part[i].count;
	}
	*rows = (lk_bpe_rows){ .slots = bytes + words + 1, .words = words,
		.nbytes = nbytes };
	if (rows->slots >= LK_ROW_BACK)
		return lk_fail(error, LK_RANGE,
				"%zu bytes of different words are more than merges are "
				"learnt from; use less text", bytes);
	rows->slot = malloc(rows->slots * sizeof *rows->slot);
	rows->count = malloc((words + 1) * sizeof *rows->count);
	if (!rows->slot || !rows->count)
		return lk_fail(error, LK_NOMEM,
				"out of memory for %zu bytes of words to learn merges "
				"from; use less text", bytes);
	for (int i = 0; i < LK_WORD_PARTS; i++) {
		const lk_word_table *part = &counts->part[i];

		for (size_t k = 0; k < part->count; k++) {
			const unsigned char *b = lk_word_bytes(part, &part->word[k]);

			rows->count[word++] = part->word[k].count;
			rows->slot[at++] = LK_ROW_EDGE;
			for (uint32_t j = 0; j < part->word[k].nbytes; j++)
				rows->slot[at++] = byte_id[b[j]];
		}
		lk_word_table_free(&counts->part[i]);
	}
	rows->slot[at] = LK_ROW_EDGE;
	return LK_OK;
}
