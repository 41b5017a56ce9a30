#include "cli/reading.h"

#include "base/clock.h"
#include "base/directory.h"
#include "cli/command.h"
#include "formats/json.h"
#include "formats/token_cache.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { IN_MEMORY = 64 << 20 /* bytes of the longest text that is kept there */ };

/* What is over sooner needs no progress line. */
#define PATIENCE_SECONDS 0.5

lk_status lk_reading_cache(
		char **directory, const char *cache, const char *beside, lk_error *error)
{
	const char *home = getenv("XDG_CACHE_HOME");

	if (cache)
		*directory = strdup(cache);
	else if (home && *home == '/') /* a relative one is to be ignored */
		*directory = lk_path_join(home, "likely");
	else
		*directory = lk_path_join(beside, LK_CACHE_NAME);
	return *directory ? LK_OK : lk_fail(error, LK_NOMEM, "out of memory");
}

lk_status lk_reading_begin(lk_reading *reading, const char *documents,
		const char *cache, const char *beside, const lk_common_options *common,
		lk_error *error)
{
	lk_status status;

	*reading = (lk_reading){ .always = cache != NULL,
		.threads = lk_common_threads(common) };
	status = lk_document_rule_parse(&reading->rule, documents, error);
	if (!status)
		status = lk_reading_cache(&reading->directory, cache, beside, error);
	if (!status && !common->quiet)
		status = lk_progress_new(&reading->progress, stderr, error);
	return status;
}

void lk_reading_end(lk_reading *reading)
{
	lk_progress_free(reading->progress);
	free(reading->directory);
	*reading = (lk_reading){ 0 };
}

void lk_reading_hide(lk_reading *reading)
{
	if (reading->progress)
		lk_progress_hide(reading->progress);
	reading->what = NULL;
}

static void show(void *context, const char *what, uint64_t done, uint64_t total)
{
	bool counts = !strcmp(what, "merged"); /* tokens */
	uint64_t unit = counts ? 1 : 1000000;
	lk_reading *r = context;
	double seconds, now = lk_clock_seconds();
	char label[32];

	if (!r->what || strcmp(r->what, what)) {
		r->what = what;
		r->begun = now;
	}
	seconds = now - r->begun;
	if (!r->progress || seconds < PATIENCE_SECONDS || !done)
		return;
	snprintf(label, sizeof label, "%s%s", what, counts ? "" : " MB");
	lk_progress_show(r->progress, &(lk_progress_state){
			.label = label,
			.step = done / unit,
			.steps = total / unit,
			.loss = NAN,
			.validation = NAN,
			.tokens_per_s = NAN,
			.seconds_left = seconds * (double)(total - done) / (double)done,
		});
}

lk_text_watch lk_reading_watch(lk_reading *reading)
{
	return (lk_text_watch){ show, reading };
}

lk_status lk_reading_tokens(lk_reading *reading, lk_tokens **tokens,
		const lk_documents *documents, const lk_tokenizer *tokenizer,
		lk_error *error)
{
	lk_text_work work = { reading->threads, lk_reading_watch(reading) };
	lk_status status;

	if (reading->always || documents->nbytes > IN_MEMORY)
		status = lk_token_cache_open(tokens, reading->directory, documents,
				tokenizer, &work, error);
	else
		status = lk_tokens_new_tokenised(
				tokens, documents, tokenizer, &work, error);
	lk_reading_hide(reading);
	return status;
}

lk_status lk_reading_open(lk_reading *reading, lk_tokens **tokens, const char *path,
		const lk_tokenizer *tokenizer, lk_error *error)
{
	lk_text_work work = { reading->threads, lk_reading_watch(reading) };
	lk_corpus *corpus = NULL;
	lk_status status;

	if (lk_token_file_is(path)) {
		status = lk_token_file_open(tokens, path, tokenizer, &work.watch, error);
		lk_reading_hide(reading);
		return status;
	}
	status = lk_corpus_read_whole(&corpus, path, &work, error);
	lk_reading_hide(reading);
	if (status)
		return status;
	lk_corpus_set_rule(corpus, &reading->rule);
	status = lk_reading_tokens(
			reading, tokens, lk_corpus_training(corpus), tokenizer, error);
	lk_corpus_free(corpus);
	return status;
}

char *lk_reading_documents_of(const char *directory)
{
	enum { MOST = 64 << 20 };
	char *real = realpath(directory, NULL), *slash, *path = NULL, *found = NULL;
	const char *documents;
	json_t *run = NULL;

	/* A checkpoint lies in its run. */
	slash = real ? strrchr(real, '/') : NULL;
	if (slash && slash > real) {
		*slash = '\0';
		path = lk_path_join(real, "run.json");
	}
	if (path && !lk_json_load(&run, path, MOST, NULL)) {
		documents = json_string_value(json_object_get(
				json_object_get(run, "corpus"), "documents"));
		found = documents ? strdup(documents) : NULL;
	}
	json_decref(run);
	free(path);
	free(real);
	return found;
}
