/* cli/reading.h
 * How commands read texts: divided into documents by --documents, tokenised by
 * all threads, in memory or through a cache of token files, with a progress line
 * where it takes long.
 *
 * Streams of up to 64 MiB of text lie in memory, and nothing is written for them.
 * A longer one is tokenised once, into a token file, and read from there:
 * resident memory does not grow with the text. The cache is `likely` in
 * $XDG_CACHE_HOME, or, where that is not set, .tokens beside the run; --cache DIR
 * names another, which short texts then use too. */
#ifndef LK_CLI_READING_H
#define LK_CLI_READING_H

#include "cli/options.h"
#include "report/progress.h"
#include "text/tokens.h"

/* The options, for tables of rows that commands have: of both the field is a
 * text. */
#define LK_DOCUMENTS_HELP                                                         \
	"where documents end: files; lines; blank-lines; or separator:STRING, behind " \
	"each STRING. What separates belongs to the document before it"
#define LK_CACHE_HELP                                                             \
	"directory of token files, made once from a text and used again; `likely "    \
	"cache` shows and cleans it"
#define LK_CACHE_OTHERWISE \
	"$XDG_CACHE_HOME/likely, else .tokens beside the run, for texts above 64 MiB"

/* What "beside the run" means to commands that make none. */
#define LK_CACHE_NAME ".tokens"

typedef struct {
	lk_document_rule rule;
	char *directory; /* of the cache, malloc'd */
	bool always;     /* it was asked for: whatever the length of the text */
	int threads;
	/* progress */
	lk_progress *progress; /* NULL: quiet */
	const char *what;      /* is being shown */
	double begun;
} lk_reading;

/* documents is the option's value, cache too (NULL: not given); beside is the
 * directory that the run is in. Free with lk_reading_end, also after a failure.
 * A rule that there is none of fails with LK_RANGE. */
lk_status lk_reading_begin(lk_reading *reading, const char *documents,
		const char *cache, const char *beside, const lk_common_options *common,
		lk_error *error);
void lk_reading_end(lk_reading *reading);

/* For the functions of text/ and formats/. */
lk_text_watch lk_reading_watch(lk_reading *reading);

/* The stream of these documents, whose rule is the reading's. */
lk_status lk_reading_tokens(lk_reading *reading, lk_tokens **tokens,
		const lk_documents *documents, const lk_tokenizer *tokenizer,
		lk_error *error);

/* The stream of a whole file or directory, or of a token file. */
lk_status lk_reading_open(lk_reading *reading, lk_tokens **tokens, const char *path,
		const lk_tokenizer *tokenizer, lk_error *error);

/* Erase the progress line. */
void lk_reading_hide(lk_reading *reading);

/* The cache's directory, malloc'd: what the user gave, or by the rule above. */
lk_status lk_reading_cache(
		char **directory, const char *cache, const char *beside, lk_error *error);

/* The --documents that the run of a model was trained with, malloc'd; NULL where
 * the model is of no run, or the run does not say. directory: the model's. */
char *lk_reading_documents_of(const char *directory);

#endif
