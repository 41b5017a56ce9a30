#include "text/bpe_encode.h"

#include "base/hash.h"
#include "text/bpe_word.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Text repeats its words: those met before are looked up instead of merged. Each
 * has one place in a table, from where the next word of that place drives it out.
 * An entry fills one line, or two, of the processor's cache. */
enum {
	SHORT_WORD = 15, /* bytes; the 16th of a key is their number */
	SHORT_IDS = 11,
	SHORT_BITS = 15,
	LONG_WORD = 47,
	LONG_IDS = 19,
	LONG_BITS = 13
};

typedef struct {
	uint64_t key[2]; /* 0: none, as no word has 0 bytes */
	uint32_t count;
	uint32_t id[SHORT_IDS];
} short_entry;

typedef struct {
	uint64_t key[6];
	uint32_t count;
	uint32_t id[LONG_IDS];
} long_entry;

/* In large pages, where the system has them: places are met at random. */
typedef struct {
	short_entry short_word[1 << SHORT_BITS];
	long_entry long_word[1 << LONG_BITS];
} tables;

enum { LARGE_PAGE = 2 << 20 };

struct lk_bpe_scratch {
	lk_bpe_scratch *next;
	const void *user; /* the thread that had it last */
	tables *tables;
	lk_bpe_work work;
};

void lk_bpe_scratch_free(lk_bpe_scratch *scratch)
{
	while (scratch) {
		lk_bpe_scratch *next = scratch->next;

		free(scratch->tables);
		lk_bpe_work_free(&scratch->work);
		free(scratch);
		scratch = next;
	}
}

/* Its address tells threads apart. */
static _Thread_local char this_thread;

/* Out of the idle ones, best what this processor's own cache still holds. */
static lk_bpe_scratch *take_idle(lk_bpe *bpe)
{
	lk_bpe_scratch **at = &bpe->idle, *taken;

	while (*at && (*at)->user != &this_thread)
		at = &(*at)->next;
	at = *at ? at : &bpe->idle;
	taken = *at;
	if (taken)
		*at = taken->next;
	return taken;
}

/* Zeroed by hand: a page that calloc leaves to its first reader is taken away from
 * all threads again when it is first written to. */
static tables *make_tables(void)
{
	size_t nbytes = (sizeof(tables) + LARGE_PAGE - 1) / LARGE_PAGE * LARGE_PAGE;
	tables *made = aligned_alloc(LARGE_PAGE, nbytes);

	if (!made)
		return NULL;
#ifdef MADV_HUGEPAGE
	madvise(made, nbytes, MADV_HUGEPAGE);
#endif
	memset(made, 0, sizeof *made);
	return made;
}

static lk_status borrow(lk_bpe_scratch **scratch, lk_bpe *bpe, lk_error *error)
{
	lk_bpe_scratch *made;

	pthread_mutex_lock(&bpe->lock);
	made = take_idle(bpe);
	pthread_mutex_unlock(&bpe->lock);
	if (made) {
		made->next = NULL;
		*scratch = made;
		return LK_OK;
	}
	made = calloc(1, sizeof *made);
	if (made)
		made->tables = make_tables();
	if (!made || !made->tables) {
		lk_bpe_scratch_free(made);
		return lk_fail(error, LK_NOMEM, "out of memory for encoding text");
	}
	*scratch = made;
	return LK_OK;
}

static void give_back(lk_bpe *bpe, lk_bpe_scratch *scratch)
{
	scratch->user = &this_thread;
	pthread_mutex_lock(&bpe->lock);
	scratch->next = bpe->idle;
	bpe->idle = scratch;
	pthread_mutex_unlock(&bpe->lock);
}

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
			(64 - SHORT_BITS));
}

static inline size_t encode_short(const lk_bpe *bpe, lk_bpe_scratch *scratch,
		const unsigned char *word, size_t nbytes, size_t left, uint32_t *out)
{
	uint64_t key[2];
	short_entry *entry;
	size_t count;

	make_short_key(key, word, nbytes, left);
	entry = &scratch->tables->short_word[short_place(key)];
	if (entry->key[0] == key[0] && entry->key[1] == key[1]) {
		memcpy(out, entry->id, sizeof entry->id);
		return entry->count;
	}
	count = lk_bpe_word_short(out, &bpe->merges, bpe->byte_id, word, nbytes);
	if (count <= SHORT_IDS) {
		memcpy(entry->key, key, sizeof key);
		memcpy(entry->id, out, count * sizeof *out);
		entry->count = (uint32_t)count;
	}
	return count;
}

/* The same for words of up to LONG_WORD bytes. */
static lk_status encode_long(const lk_bpe *bpe, lk_bpe_scratch *scratch,
		const unsigned char *word, size_t nbytes, lk_ids *ids, lk_error *error)
{
	unsigned char key[sizeof(uint64_t[6])] = { 0 };
	size_t first = ids->count, count;
	long_entry *entry;
	lk_status status = LK_OK;

	memcpy(key, word, nbytes);
	key[LONG_WORD] = (unsigned char)nbytes;
	entry = &scratch->tables->long_word[lk_hash64(key, sizeof key) >> (64 - LONG_BITS)];
	if (!memcmp(entry->key, key, sizeof key)) {
		memcpy(ids->data + first, entry->id, sizeof entry->id);
		ids->count += entry->count;
		return LK_OK;
	}
	if (nbytes <= LK_BPE_SHORT)
		ids->count += lk_bpe_word_short(ids->data + first, &bpe->merges,
				bpe->byte_id, word, nbytes);
	else
		status = lk_bpe_word_long(ids, &scratch->work, &bpe->merges,
				bpe->byte_id, word, nbytes, NULL, 0, error);
	count = ids->count - first;
	if (!status && count <= LONG_IDS) {
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
	lk_status status = LK_OK;
	size_t word;

	for (size_t at = 0; at < nbytes && !status; at += word) {
		size_t left = nbytes - at;

		word = lk_word_next(split, text + at, left);
		if (ids->capacity - ids->count <= LONG_WORD) {
			/* room for any word of the tables, and what it copies */
			status = lk_ids_reserve(ids,
					ids->count + LONG_WORD + 1 + left / 4, error);
			if (status)
				break;
		}
		if (word <= SHORT_WORD)
			ids->count += encode_short(bpe, scratch, text + at, word, left,
					ids->data + ids->count);
		else if (word <= LONG_WORD)
			status = encode_long(bpe, scratch, text + at, word, ids, error);
		else
			status = lk_bpe_word_long(ids, &scratch->work, &bpe->merges,
					bpe->byte_id, text + at, word, NULL, 0, error);
	}
	return status;
}

lk_status lk_bpe_encode(const lk_tokenizer *tokenizer, const unsigned char *text,
		size_t nbytes, uint64_t offset, lk_ids *ids, lk_error *error)
{
	lk_bpe *bpe = (lk_bpe *)tokenizer; /* its idle memory changes, nothing else */
	lk_bpe_scratch *scratch;
	lk_status status = borrow(&scratch, bpe, error);

	(void)offset; /* no text is refused */
	if (status)
		return status;
	status = encode_words(bpe, scratch, text, nbytes, ids, error);
	give_back(bpe, scratch);
	return status;
}

lk_status lk_bpe_encode_dropout(const lk_tokenizer *tokenizer,
		const lk_bpe_dropout *dropout, const unsigned char *text,
		size_t nbytes, uint64_t place, lk_ids *ids, lk_error *error)
{
	lk_bpe *bpe = (lk_bpe *)tokenizer;
	lk_bpe_scratch *scratch;
	lk_status status = borrow(&scratch, bpe, error);
	size_t word;

	if (status)
		return status;
	for (size_t at = 0; at < nbytes && !status; at += word) {
		word = lk_word_next(bpe->parts.split, text + at, nbytes - at);
		status = lk_bpe_word_long(ids, &scratch->work, &bpe->merges,
				bpe->byte_id, text + at, word, dropout, place + at, error);
	}
	give_back(bpe, scratch);
	return status;
}
