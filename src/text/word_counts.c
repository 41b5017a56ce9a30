#include "text/word_counts.h"

#include "text/character_class.h"
#include "text/reader.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

/* What one thread finds in a round. */
typedef struct {
	lk_word_counts counts;
	uint64_t words;
	lk_status status;
	lk_error error;
} finder;

void lk_word_counts_free(lk_word_counts *counts)
{
	for (int i = 0; i < LK_WORD_PARTS; i++)
		lk_word_table_free(&counts->part[i]);
}

static size_t cut(const void *context, const unsigned char *text, size_t nbytes,
		size_t at)
{
	return lk_word_cut(*(const lk_split *)context, text, nbytes, at);
}

static lk_status add(lk_word_counts *counts, const unsigned char *word, size_t nbytes,
		lk_error *error)
{
	uint64_t hash = lk_hash64(word, nbytes);

	if (nbytes > INT32_MAX)
		return lk_fail(error, LK_RANGE,
				"a word of %zu bytes is too long to learn from; use text "
				"with spaces, or --split gpt2", nbytes);
	return lk_word_table_add(&counts->part[hash % LK_WORD_PARTS], word,
			(uint32_t)nbytes, hash, 1, NULL, error);
}

static void find_words(finder *f, lk_split split, const lk_stretch *s)
{
	size_t at = 0, word;

	for (size_t i = 0; i <= s->ends; i++) {
		size_t end = i < s->ends ? s->end[i] : s->nbytes;

		for (; at < end && !f->status; at += word, f->words++) {
			word = lk_word_next(split, s->text + at, end - at);
			f->status = add(&f->counts, s->text + at, word, &f->error);
		}
	}
}

/* The words of one part that the threads have found. */
static lk_status gather(lk_word_table *into, finder *f, int threads, int part,
		lk_error *error)
{
	lk_status status = LK_OK;

	for (int t = 0; t < threads; t++) {
		lk_word_table *from = &f[t].counts.part[part];

		for (size_t i = 0; i < from->count && !status; i++) {
			const lk_word *w = &from->word[i];

			status = lk_word_table_add(into, lk_word_bytes(from, w),
					w->nbytes, (uint64_t)w->hash << 32, w->count,
					NULL, error);
		}
		lk_word_table_clear(from);
	}
	return status;
}

static size_t total_nbytes(const lk_word_counts *counts)
{
	size_t nbytes = 0;

	for (int i = 0; i < LK_WORD_PARTS; i++)
		nbytes += counts->part[i].nbytes;
	return nbytes;
}

/* Where the words take too much room, drop the rarest until a quarter is free. */
static uint64_t prune(lk_word_counts *counts, size_t most)
{
	uint64_t dropped = 0;

	if (total_nbytes(counts) <= most)
		return 0;
	for (uint64_t rarest = 1; total_nbytes(counts) > most - most / 4; rarest++)
		for (int i = 0; i < LK_WORD_PARTS; i++)
			dropped += lk_word_table_prune(&counts->part[i], rarest);
	return dropped;
}

/* A round of a text. */
typedef struct {
	const lk_stretch *stretch;
	size_t count;
	lk_status status; /* of reading it */
	lk_error error;
} round_read;

static void read_on(round_read *r, lk_reader *reader)
{
	r->status = lk_reader_next(reader, &r->stretch, &r->count, &r->error);
}

/* Count a round's words while the next one is read. */
static lk_status do_round(lk_word_counts *counts, const round_read *now,
		round_read *next, lk_reader *reader, finder *f,
		const lk_bpe_train_config *config, lk_error *error)
{
	int threads = config->threads;
	lk_status failed[LK_WORD_PARTS] = { 0 };
	lk_error why[LK_WORD_PARTS];

	#pragma omp parallel for schedule(dynamic) num_threads(threads)
	for (size_t i = 0; i <= now->count; i++)
		if (i == 0)
			read_on(next, reader);
		else
			find_words(&f[omp_get_thread_num()], config->split,
					&now->stretch[i - 1]);
	for (int t = 0; t < threads; t++)
		if (f[t].status)
			return lk_fail(error, f[t].status, "%s", f[t].error.text);
	#pragma omp parallel for schedule(dynamic) num_threads(threads)
	for (int i = 0; i < LK_WORD_PARTS; i++)
		failed[i] = gather(&counts->part[i], f, threads, i, &why[i]);
	for (int i = 0; i < LK_WORD_PARTS; i++)
		if (failed[i])
			return lk_fail(error, failed[i], "%s", why[i].text);
	return LK_OK;
}

lk_status lk_word_counts_make(lk_word_counts *counts, const lk_documents *documents,
		const lk_bpe_train_config *config, lk_bpe_train_result *result,
		lk_error *error)
{
	size_t most = config->most_distinct ? config->most_distinct
					    : LK_BPE_MOST_DISTINCT;
	finder *f = calloc((size_t)config->threads, sizeof *f);
	round_read round[2];
	lk_reader *reader = NULL;
	lk_status status = LK_OK;

	lk_character_class_prepare();
	if (!f)
		status = lk_fail(error, LK_NOMEM, "out of memory for counting words");
	if (!status)
		status = lk_reader_new(&reader, documents, cut, &config->split, 0,
				error);
	if (!status)
		read_on(&round[0], reader);
	for (int at = 0; !status; at = 1 - at) {
		const round_read *now = &round[at];

		if (now->status)
			status = lk_fail(error, now->status, "%s", now->error.text);
		if (status || !now->count)
			break;
		status = do_round(counts, now, &round[1 - at], reader, f, config, error);
		if (status)
			break;
		result->dropped += prune(counts, most);
		for (size_t i = 0; i < now->count; i++)
			result->nbytes += now->stretch[i].nbytes;
		lk_text_watch_show(&config->watch, "counted", result->nbytes,
				documents->nbytes);
	}
	for (int t = 0; f && t < config->threads; t++) {
		result->words += f[t].words;
		lk_word_counts_free(&f[t].counts);
	}
	for (int i = 0; i < LK_WORD_PARTS; i++)
		result->distinct += counts->part[i].count;
	free(f);
	lk_reader_free(reader);
	return status;
}
