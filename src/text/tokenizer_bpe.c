#include "text/tokenizer_bpe.h"

#include "text/bpe_encode.h"
#include "text/character_class.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { BYTES = 256, JOINED = BYTES * BYTES / 8 };

static bool is_joined(const lk_bpe *bpe, unsigned char left, unsigned char right)
{
	unsigned pair = (unsigned)left << 8 | right;

	return bpe->joined[pair / 8] >> pair % 8 & 1;
}

/* Between words; in text that is one word, where no token reaches across. */
static size_t bpe_cut(const lk_tokenizer *base, const unsigned char *text,
		size_t nbytes, size_t at)
{
	const lk_bpe *bpe = (const lk_bpe *)base;

	if (bpe->parts.split != LK_SPLIT_NONE)
		return lk_word_cut(bpe->parts.split, text, nbytes, at);
	while (at > 0 && is_joined(bpe, text[at - 1], text[at]))
		at--;
	return at;
}

static void bpe_hash(const lk_tokenizer *base, lk_hasher *hasher)
{
	const lk_bpe_parts *parts = &((const lk_bpe *)base)->parts;
	const char *split = lk_split_name(parts->split);

	lk_hasher_add(hasher, split, strlen(split) + 1);
	for (size_t i = 0; i < parts->merges; i++) {
		lk_hasher_add_number(hasher, parts->merge[i].left);
		lk_hasher_add_number(hasher, parts->merge[i].right);
		lk_hasher_add_number(hasher, parts->merge[i].made);
	}
}

static void bpe_free(lk_tokenizer *base)
{
	lk_bpe *bpe = (lk_bpe *)base;

	lk_bpe_scratch_free(bpe->idle);
	pthread_mutex_destroy(&bpe->lock);
	lk_bpe_merges_free(&bpe->merges);
	free(bpe->merge);
	free(bpe->bytes);
	free(bpe->piece);
	free(bpe->piece_nbytes);
	free(bpe->joined);
	free(bpe);
}

static const lk_tokenizer_kind bpe_kind = { .name = "bpe", .encode = lk_bpe_encode,
	.encode_dropout = lk_bpe_encode_dropout, .cut = bpe_cut, .hash = bpe_hash,
	.free = bpe_free };

static lk_status no_memory(const lk_bpe_parts *parts, lk_error *error)
{
	return lk_fail(error, LK_NOMEM, "out of memory for a tokenizer of %u tokens",
			(unsigned)parts->vocabulary);
}

/* The end of text has no bytes, whatever its entry says. */
static lk_status copy_pieces(lk_bpe *bpe, const lk_bpe_parts *parts, lk_error *error)
{
	size_t total = 0, at = 0, count = (size_t)parts->vocabulary + 1;

	for (uint32_t id = 0; id < parts->vocabulary; id++)
		total += id == parts->end ? 0 : parts->piece[id].nbytes;
	bpe->bytes = malloc(total + 1);
	bpe->piece = calloc(count, sizeof *bpe->piece);
	bpe->piece_nbytes = calloc(count, sizeof *bpe->piece_nbytes);
	bpe->joined = calloc(JOINED, 1);
	bpe->merge = calloc(parts->merges + 1, sizeof *bpe->merge);
	if (!bpe->bytes || !bpe->piece || !bpe->piece_nbytes || !bpe->joined ||
			!bpe->merge)
		return no_memory(parts, error);
	for (uint32_t id = 0; id < parts->vocabulary; id++) {
		bpe->piece[id] = bpe->bytes + at;
		if (id == parts->end)
			continue;
		bpe->piece_nbytes[id] = parts->piece[id].nbytes;
		if (bpe->piece_nbytes[id])
			memcpy(bpe->bytes + at, parts->piece[id].bytes,
					parts->piece[id].nbytes);
		at += parts->piece[id].nbytes;
	}
	if (parts->merges)
		memcpy(bpe->merge, parts->merge, parts->merges * sizeof *bpe->merge);
	return LK_OK;
}

static lk_status find_bytes(lk_bpe *bpe, uint32_t vocabulary, lk_error *error)
{
	bool known[BYTES] = { 0 };

	for (uint32_t id = vocabulary; id-- > 0;)
		if (bpe->piece_nbytes[id] == 1) {
			bpe->byte_id[bpe->piece[id][0]] = id;
			known[bpe->piece[id][0]] = true;
		}
	for (unsigned byte = 0; byte < BYTES; byte++)
		if (!known[byte])
			return lk_fail(error, LK_FORMAT,
					"the vocabulary has no token for the byte 0x%02X",
					byte);
	return LK_OK;
}

static lk_status check_merge(const lk_bpe *bpe, size_t i, lk_error *error)
{
	lk_bpe_merge m = bpe->parts.merge[i];
	uint32_t vocabulary = bpe->parts.vocabulary;
	const uint32_t *nbytes = bpe->piece_nbytes;

	if (m.left >= vocabulary || m.right >= vocabulary || m.made >= vocabulary)
		return lk_fail(error, LK_FORMAT,
				"merge %zu is of tokens beyond the vocabulary", i);
	if (!nbytes[m.left] || !nbytes[m.right] ||
			(uint64_t)nbytes[m.left] + nbytes[m.right] != nbytes[m.made] ||
			memcmp(bpe->piece[m.left], bpe->piece[m.made], nbytes[m.left]) ||
			memcmp(bpe->piece[m.right], bpe->piece[m.made] + nbytes[m.left],
					nbytes[m.right]))
		return lk_fail(error, LK_FORMAT,
				"merge %zu: tokens %u and %u do not make token %u", i,
				(unsigned)m.left, (unsigned)m.right, (unsigned)m.made);
	return LK_OK;
}

/* Only pieces that merges make reach across two bytes of a text. */
static void note_joined(lk_bpe *bpe)
{
	for (size_t i = 0; i < bpe->parts.merges; i++) {
		lk_bpe_merge m = bpe->parts.merge[i];
		unsigned left = bpe->piece[m.left][bpe->piece_nbytes[m.left] - 1];
		unsigned pair = left << 8 | bpe->piece[m.right][0];

		bpe->joined[pair / 8] |= (unsigned char)(1 << pair % 8);
	}
}

lk_status lk_tokenizer_new_bpe(
		lk_tokenizer **tokenizer, const lk_bpe_parts *parts, lk_error *error)
{
	lk_bpe *made = calloc(1, sizeof *made);
	lk_status status;

	if (!made)
		return no_memory(parts, error);
	lk_character_class_prepare();
	pthread_mutex_init(&made->lock, NULL);
	status = copy_pieces(made, parts, error);
	made->parts = *parts;
	made->parts.merge = made->merge;
	made->parts.piece = NULL;
	made->base = (lk_tokenizer){ &bpe_kind, parts->vocabulary, parts->end,
		made->piece, made->piece_nbytes };
	if (!status && parts->end >= parts->vocabulary)
		status = lk_fail(error, LK_FORMAT,
				"the id of " LK_END_OF_TEXT ", %u, is beyond the "
				"vocabulary", (unsigned)parts->end);
	if (!status)
		status = find_bytes(made, parts->vocabulary, error);
	for (size_t i = 0; i < parts->merges && !status; i++)
		status = check_merge(made, i, error);
	if (!status)
		status = lk_bpe_merges_init(&made->merges, made->merge, parts->merges,
				error);
	if (status) {
		bpe_free(&made->base);
		return status;
	}
	note_joined(made);
	*tokenizer = &made->base;
	return LK_OK;
}

/* Pieces of the merges' tokens, one behind the other into bytes, which has room
 * where it is not NULL. Returns their bytes, or 0 where a merge is of tokens that
 * no merge before has made. */
static size_t make_pieces(lk_bpe_piece *piece, uint32_t *count, unsigned char *bytes,
		const lk_bpe_merge *merge, size_t merges)
{
	size_t at = 0;

	for (size_t i = 0; i < merges; i++) {
		const lk_bpe_piece *left, *right;

		if (merge[i].left >= *count || merge[i].right >= *count ||
				merge[i].made > *count)
			return 0;
		if (merge[i].made < *count)
			continue;
		left = &piece[merge[i].left];
		right = &piece[merge[i].right];
		if (right->nbytes > UINT32_MAX - left->nbytes)
			return 0;
		if (bytes) {
			memcpy(bytes + at, left->bytes, left->nbytes);
			memcpy(bytes + at + left->nbytes, right->bytes, right->nbytes);
		}
		piece[*count] = (lk_bpe_piece){ bytes ? bytes + at : NULL,
			left->nbytes + right->nbytes };
		at += piece[(*count)++].nbytes;
	}
	return at + 1;
}

lk_status lk_tokenizer_new_bpe_merges(lk_tokenizer **tokenizer, lk_split split,
		const lk_bpe_merge *merge, size_t merges, lk_error *error)
{
	lk_bpe_parts parts = { .split = split, .merge = merge, .merges = merges };
	lk_bpe_piece *piece = calloc(BYTES + merges + 1, sizeof *piece);
	lk_tokenizer *byte = NULL;
	unsigned char *bytes = NULL;
	size_t nbytes;
	lk_status status = lk_tokenizer_new_byte(&byte, error);

	if (!status && !piece)
		status = no_memory(&parts, error);
	if (status)
		goto done;
	for (uint32_t id = 0; id < BYTES; id++)
		piece[id] = (lk_bpe_piece){ byte->piece[id], 1 };
	parts.vocabulary = BYTES;
	nbytes = make_pieces(piece, &parts.vocabulary, NULL, merge, merges);
	bytes = malloc(nbytes + 1);
	parts.vocabulary = BYTES;
	if (!nbytes)
		status = lk_fail(error, LK_FORMAT,
				"a merge is of tokens that no merge before it makes");
	else if (!bytes)
		status = no_memory(&parts, error);
	if (status)
		goto done;
	make_pieces(piece, &parts.vocabulary, bytes, merge, merges);
	parts.piece = piece;
	parts.end = parts.vocabulary++;
	status = lk_tokenizer_new_bpe(tokenizer, &parts, error);
done:
	lk_tokenizer_free(byte);
	free(piece);
	free(bytes);
	return status;
}

lk_status lk_tokenizer_new_bpe_smaller(lk_tokenizer **tokenizer, const lk_tokenizer *of,
		uint32_t vocabulary, lk_error *error)
{
	const lk_bpe_parts *parts = lk_tokenizer_bpe_parts(of);
	uint32_t made = BYTES;
	size_t merges = 0;

	assert(parts && parts->end == parts->vocabulary - 1);
	assert(vocabulary > BYTES && vocabulary <= parts->vocabulary);
	for (; made < vocabulary - 1; merges++)
		made += parts->merge[merges].made == made;
	return lk_tokenizer_new_bpe_merges(
			tokenizer, parts->split, parts->merge, merges, error);
}

const lk_bpe_parts *lk_tokenizer_bpe_parts(const lk_tokenizer *tokenizer)
{
	return tokenizer->kind == &bpe_kind ? &((const lk_bpe *)tokenizer)->parts : NULL;
}
