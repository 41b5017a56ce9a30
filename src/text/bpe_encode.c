#include "text/bpe_scratch.h"

#include "base/hash.h"

#include <string.h>

/* Bytes of a short word, NULs behind, and their number last. */
static inline void make_short_key(uint64_t key[2], const unsigned char *word,
		size_t nbytes, size_t left)
{
	if (left >= sizeof(uint64_t[2])) {
		memcpy(key, word, sizeof(uint64_t[2]));
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
		uint64_t mask = ((uint64_t)1 << (nbytes % 8 * 8)) - 1;
		bool more = nbytes >= 8;

		key[1] &= more ? mask : 0;
		key[0] &= more ? ~(uint64_t)0 : mask;
		key[1] |= (uint64_t)nbytes << 56;
		return;
#endif
	}
	key[0] = key[1] = 0;
	memcpy(key, word, nbytes);
	key[1] |= (uint64_t)nbytes << 56;
}

static inline size_t short_place(const uint64_t key[2])
{
	uint64_t hash = (key[0] ^ key[1] * 0x9E3779B97F4A7C15u) * 0xBF58476D1CE4E5B9u;

	return (size_t)((hash ^ hash >> 32) * 0x94D049BB133111EBu >>
			(64 - LK_SHORT_BITS));
}

static inline size_t encode_short(const lk_bpe *bpe, lk_bpe_tables *tables,
		const unsigned char *word, size_t nbytes, size_t left, uint32_t *out)
{
	uint64_t key[2];
	lk_short_entry *entry;
	size_t count;

	make_short_key(key, word, nbytes, left);
	entry = &tables->short_word[short_place(key)];
	if (entry->key[0] == key[0] && entry->key[1] == key[1]) {
		memcpy(out, entry->id, sizeof entry->id);
		return entry->count;
	}
	count = lk_bpe_word_short(out, &bpe->merges, bpe->byte_id, word, nbytes);
	if (count <= LK_SHORT_IDS) {
		memcpy(entry->key, key, sizeof key);
		memcpy(entry->id, out, count * sizeof *out);
		entry->count = (uint32_t)count;
	}
	return count;
}

/* A word of any length that is looked up nowhere. */
static lk_status encode_word(const lk_bpe *bpe, lk_bpe_scratch *scratch,
		const unsigned char *word, size_t nbytes, lk_ids *ids, lk_error *error)
{
	if (nbytes > LK_BPE_SHORT)
		return lk_bpe_word_long(ids, &scratch->work, &bpe->merges, bpe->byte_id,
				word, nbytes, NULL, 0, error);
	ids->count += lk_bpe_word_short(ids->data + ids->count, &bpe->merges,
			bpe->byte_id, word, nbytes);
	return LK_OK;
}

/* A word of up to LK_LONG_WORD bytes. */
static lk_status encode_long(const lk_bpe *bpe, lk_bpe_scratch *scratch,
		const unsigned char *word, size_t nbytes, lk_ids *ids, lk_error *error)
{
	unsigned char key[sizeof(uint64_t[6])] = { 0 };
	size_t first = ids->count, count, place;
	lk_long_entry *entry;
	lk_status status;

	memcpy(key, word, nbytes);
	key[LK_LONG_WORD] = (unsigned char)nbytes;
	place = lk_hash64(key, sizeof key) >> (64 - LK_LONG_BITS);
	entry = &scratch->tables->long_word[place];
	if (!memcmp(entry->key, key, sizeof key)) {
		memcpy(ids->data + first, entry->id, sizeof entry->id);
		ids->count += entry->count;
		return LK_OK;
	}
	status = encode_word(bpe, scratch, word, nbytes, ids, error);
	count = ids->count - first;
	if (!status && count <= LK_LONG_IDS) {
		memcpy(entry->key, key, sizeof key);
		memcpy(entry->id, ids->data + first, count * sizeof *entry->id);
		entry->count = (uint32_t)count;
	}
	return status;
}

static lk_status encode_words(const lk_bpe *bpe, lk_bpe_scratch *scratch,
		const unsigned char *text, size_t nbytes, lk_ids *ids, lk_error *error)
{
	lk_split split = bpe->parts.split;
	lk_bpe_tables *tables = scratch->tables;
	lk_status status = LK_OK;
	size_t word;

	for (size_t at = 0; at < nbytes && !status; at += word) {
		size_t left = nbytes - at;

		word = lk_word_next(split, text + at, left);
		if (ids->capacity - ids->count <= LK_LONG_WORD) {
			/* room for any word of the tables, and what it copies */
			status = lk_ids_reserve(ids,
					ids->count + LK_LONG_WORD + 1 + left / 4, error);
			if (status)
				break;
		}
		if (word > LK_LONG_WORD || !tables)
			status = encode_word(bpe, scratch, text + at, word, ids, error);
		else if (word > LK_SHORT_WORD)
			status = encode_long(bpe, scratch, text + at, word, ids, error);
		else
			ids->count += encode_short(bpe, tables, text + at, word, left,
					ids->data + ids->count);
	}
	return status;
}

lk_status lk_bpe_encode(const lk_tokenizer *tokenizer, const unsigned char *text,
		size_t nbytes, uint64_t offset, lk_ids *ids, lk_error *error)
{
	lk_bpe *bpe = (lk_bpe *)tokenizer; /* its idle memory changes, nothing else */
	lk_bpe_scratch *scratch;
	lk_status status = lk_bpe_scratch_borrow(&scratch, bpe, nbytes, error);

	(void)offset; /* no text is refused */
	if (status)
		return status;
	status = encode_words(bpe, scratch, text, nbytes, ids, error);
	lk_bpe_scratch_give_back(bpe, scratch);
	return status;
}

lk_status lk_bpe_encode_dropout(const lk_tokenizer *tokenizer,
		const lk_bpe_dropout *dropout, const unsigned char *text,
		size_t nbytes, uint64_t place, lk_ids *ids, lk_error *error)
{
	lk_bpe *bpe = (lk_bpe *)tokenizer;
	lk_bpe_scratch *scratch;
	lk_status status = lk_bpe_scratch_borrow(&scratch, bpe, 0, error);
	size_t word;

	if (status)
		return status;
	for (size_t at = 0; at < nbytes && !status; at += word) {
		word = lk_word_next(bpe->parts.split, text + at, nbytes - at);
		status = lk_bpe_word_long(ids, &scratch->work, &bpe->merges,
				bpe->byte_id, text + at, word, dropout, place + at, error);
	}
	lk_bpe_scratch_give_back(bpe, scratch);
	return status;
}
