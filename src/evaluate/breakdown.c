#include "evaluate/breakdown.h"

#include "evaluate/windows.h"
#include "text/utf8.h"

#include <stdlib.h>
#include <string.h>

lk_byte_class lk_byte_class_of(unsigned char c)
{
	if (c >= 0x80)
		return LK_BYTE_NON_ASCII;
	if (c == ' ' || (c >= '\t' && c <= '\r'))
		return LK_BYTE_SPACE;
	if (c >= '0' && c <= '9')
		return LK_BYTE_DIGIT;
	if ((c | 0x20) >= 'a' && (c | 0x20) <= 'z')
		return LK_BYTE_LETTER;
	return c > ' ' && c < 0x7F ? LK_BYTE_PUNCTUATION : LK_BYTE_CONTROL;
}

const char *lk_byte_class_text(lk_byte_class class)
{
	static const char *const text[] = {
#define X(name, words) words,
		LK_BYTE_CLASSES(X)
#undef X
	};

	return text[class];
}

static void add(lk_tally *tally, double nll)
{
	tally->nll += nll;
	tally->tokens++;
}

void lk_tally_classes(lk_tally *tally, const lk_costs *costs, const unsigned char *text)
{
	uint64_t at = 0;

	memset(tally, 0, LK_BYTE_CLASS_COUNT * sizeof *tally);
	for (size_t i = 0; i < costs->tokens; i++) {
		if (costs->nbytes[i])
			add(&tally[lk_byte_class_of(text[at])], costs->nll[i]);
		for (uint32_t k = 0; k < costs->nbytes[i]; k++)
			tally[lk_byte_class_of(text[at + k])].nbytes++;
		at += costs->nbytes[i];
	}
}

void lk_tally_marked(lk_tally *tally, const lk_costs *costs, const bool *marked)
{
	uint64_t at = 0;

	memset(tally, 0, 2 * sizeof *tally);
	for (size_t i = 0; i < costs->tokens; i++) {
		if (costs->nbytes[i])
			add(&tally[marked[at]], costs->nll[i]);
		for (uint32_t k = 0; k < costs->nbytes[i]; k++)
			tally[marked[at + k]].nbytes++;
		at += costs->nbytes[i];
	}
}

/* How many tokens target number k (from 0) of its document is predicted from. */
static size_t context_of(size_t k, size_t context, size_t stride)
{
	if (!stride)
		return k + 1 < context ? k + 1 : context;
	if (k < context)
		return k + 1;
	size_t window = 1 + (k - context) / stride;
	return k - window * stride + 1;
}

void lk_tally_positions(lk_tally *tally, const lk_costs *costs, const uint64_t *start,
		size_t context, size_t stride)
{
	uint64_t at = 0;
	size_t document = 0, k = 0;

	memset(tally, 0, LK_POSITIONS * sizeof *tally);
	for (size_t i = 0; i < costs->tokens; i++, k++) {
		while (document + 1 < costs->documents && at >= start[document + 1]) {
			document++;
			k = 0;
		}
		size_t length = context_of(k, context, stride), row = 0;
		while (row + 1 < LK_POSITIONS && length >> (row + 1))
			row++;
		add(&tally[row], costs->nll[i]);
		tally[row].nbytes += costs->nbytes[i];
		at += costs->nbytes[i];
	}
}

/* Where the passages begin, and the text's end: malloc'd, *count of them. */
static uint64_t *cut(size_t *count, const unsigned char *text, const uint64_t *start,
		size_t documents)
{
	size_t most = start[documents] / (LK_PASSAGE_NBYTES - 3) + documents + 1;
	uint64_t *piece = malloc((most + 1) * sizeof *piece);

	*count = 0;
	for (size_t d = 0; piece && d < documents; d++) {
		uint64_t at = start[d], end = start[d + 1];

		while (at < end) {
			uint64_t left = end - at, next = left;

			if (left > LK_PASSAGE_NBYTES)
				next = lk_utf8_boundary(
						text + at, left, LK_PASSAGE_NBYTES);
			piece[(*count)++] = at;
			at += next ? next : left;
		}
	}
	if (piece)
		piece[*count] = start[documents];
	return piece;
}

/* Put a passage among the best, which are in order; *count of them so far. */
static void insert(lk_passage *best, size_t *count, const lk_passage *passage)
{
	double gain = passage->b - passage->a;
	size_t i = *count;

	while (i > 0 && gain > best[i - 1].b - best[i - 1].a)
		i--;
	if (i == LK_PASSAGES)
		return;
	*count += *count < LK_PASSAGES;
	memmove(best + i + 1, best + i, (*count - i - 1) * sizeof *best);
	best[i] = *passage;
}

lk_status lk_passages_find(lk_passage *best, size_t *count, const lk_costs *a,
		const lk_costs *b, const unsigned char *text, const uint64_t *start,
		size_t documents, lk_error *error)
{
	size_t pieces;
	uint64_t *piece = cut(&pieces, text, start, documents);
	double *nll = piece ? malloc((2 * pieces + 1) * sizeof *nll) : NULL;

	*count = 0;
	if (nll) {
		lk_costs_sum(nll, a, piece, pieces);
		lk_costs_sum(nll + pieces, b, piece, pieces);
		for (size_t i = 0; i < pieces; i++) {
			lk_passage passage = { piece[i], piece[i + 1] - piece[i],
				nll[i], nll[pieces + i] };

			if (passage.b > passage.a)
				insert(best, count, &passage);
		}
	}
	free(piece);
	free(nll);
	return nll ? LK_OK : lk_fail(error, LK_NOMEM, "out of memory for passages");
}
