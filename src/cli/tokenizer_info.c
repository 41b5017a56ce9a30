/* likely tokenizer info: what a tokenizer is, and how it fits texts. */
#include "cli/command.h"
#include "cli/load.h"
#include "cli/reading.h"
#include "cli/tokenizer_output.h"
#include "cli/train_run.h"
#include "report/escape.h"
#include "report/format.h"
#include "report/table.h"
#include "text/character_class.h"
#include "text/tokenizer_bpe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST = 8 /* pieces that are shown */, CHUNK = 4096, SHOWN = 48 /* bytes of one */ };

/* How a tokenizer fits a text. */
typedef struct {
	uint64_t tokens, nbytes, words; /* ends of text not counted */
	uint32_t unused;                /* ids that do not occur */
} fit;

static bool is_white(unsigned char byte)
{
	return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

static lk_status measure(fit *found, const char *path, const lk_tokenizer *tokenizer,
		lk_reading *reading, lk_error *error)
{
	unsigned char *seen = calloc(tokenizer->vocabulary, 1);
	uint32_t ids[CHUNK];
	lk_tokens *tokens = NULL;
	bool white = true;
	lk_status status = seen ? lk_reading_open(reading, &tokens, path, tokenizer, error)
				: lk_fail(error, LK_NOMEM, "out of memory");
	size_t count = status ? 0 : lk_tokens_count(tokens);

	*found = (fit){ 0 };
	for (size_t at = 0; at < count; at += CHUNK) {
		size_t n = count - at < CHUNK ? count - at : CHUNK;

		lk_tokens_read(tokens, at, n, ids);
		for (size_t i = 0; i < n; i++) {
			const unsigned char *piece = tokenizer->piece[ids[i]];

			seen[ids[i]] = 1;
			found->tokens += ids[i] != tokenizer->end;
			white |= ids[i] == tokenizer->end;
			found->nbytes += tokenizer->piece_nbytes[ids[i]];
			for (uint32_t k = 0; k < tokenizer->piece_nbytes[ids[i]]; k++) {
				found->words += white && !is_white(piece[k]);
				white = is_white(piece[k]);
			}
		}
	}
	if (!status)
		status = lk_tokens_check(tokens, error);
	for (uint32_t id = 0; !status && id < tokenizer->vocabulary; id++)
		found->unused += !seen[id] && id != tokenizer->end;
	lk_tokens_free(tokens);
	free(seen);
	return status;
}

/* Ids of the longest pieces, the longest first; of equally long ones, the lowest.
 * Returns how many. */
static size_t find_longest(uint32_t longest[LONGEST], const lk_tokenizer *tokenizer)
{
	size_t count = 0;

	for (uint32_t id = 0; id < tokenizer->vocabulary; id++) {
		uint32_t nbytes = tokenizer->piece_nbytes[id];
		size_t i = count;

		if (nbytes < 2)
			continue;
		while (i && tokenizer->piece_nbytes[longest[i - 1]] < nbytes)
			i--;
		if (i == LONGEST)
			continue;
		count += count < LONGEST;
		memmove(longest + i + 1, longest + i, (count - i - 1) * sizeof *longest);
		longest[i] = id;
	}
	return count;
}

/* A piece that need not be UTF-8, shown; malloc'd. */
static char *show_piece(const lk_tokenizer *tokenizer, uint32_t id)
{
	size_t nbytes;
	const unsigned char *piece = lk_tokenizer_piece(tokenizer, id, &nbytes);

	return lk_escape(piece, nbytes < SHOWN ? nbytes : SHOWN, false);
}

static double ratio(uint64_t a, uint64_t b)
{
	return b ? (double)a / (double)b : 0;
}

static json_t *longest_json(const lk_tokenizer *tokenizer)
{
	uint32_t longest[LONGEST];
	size_t count = find_longest(longest, tokenizer);
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++) {
		char *text = show_piece(tokenizer, longest[i]);

		json_array_append_new(list, json_pack("{s:I, s:s*, s:I}", "id",
				(json_int_t)longest[i], "piece", text, "bytes",
				(json_int_t)tokenizer->piece_nbytes[longest[i]]));
		free(text);
	}
	return list;
}

static lk_status print_json(const lk_tokenizer *tokenizer, char *const *files,
		const fit *fits, size_t count, lk_error *error)
{
	const lk_bpe_parts *parts = lk_tokenizer_bpe_parts(tokenizer);
	lk_status status = lk_print_json(json_pack("{s:s, s:o, s:I, s:o, s:I, s:o, s:s}",
			"event", "tokenizer", "tokenizer", lk_describe_tokenizer(tokenizer),
			"end", (json_int_t)tokenizer->end, "split",
			parts ? json_string(lk_split_name(parts->split)) : json_null(),
			"merges", (json_int_t)(parts ? parts->merges : 0), "longest",
			longest_json(tokenizer), "unicode", lk_unicode_version()), error);

	for (size_t i = 0; i < count && !status; i++)
		status = lk_print_json(json_pack("{s:s, s:s, s:I, s:I, s:I, s:f, s:f, s:I}",
				"event", "fit", "file", files[i], "bytes",
				(json_int_t)fits[i].nbytes, "tokens",
				(json_int_t)fits[i].tokens, "words",
				(json_int_t)fits[i].words, "bytes_per_token",
				ratio(fits[i].nbytes, fits[i].tokens), "tokens_per_word",
				ratio(fits[i].tokens, fits[i].words), "unused",
				(json_int_t)fits[i].unused), error);
	return status;
}

static void add_fits(lk_table *table, char *const *files, const fit *fits, size_t count)
{
	static const char *const heads[] = { "file", "bytes", "tokens", "bytes per token",
		"tokens per word", "unused ids" };
	char text[LK_FORMAT_MOST];

	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
		lk_table_cell(table, "%s", heads[i]);
	for (size_t i = 0; i < count; i++) {
		lk_table_cell(table, "%s", files[i]);
		lk_table_cell(table, "%s",
				lk_format_whole(text, sizeof text, fits[i].nbytes));
		lk_table_cell(table, "%s",
				lk_format_whole(text, sizeof text, fits[i].tokens));
		lk_table_cell(table, "%.3f", ratio(fits[i].nbytes, fits[i].tokens));
		lk_table_cell(table, "%.3f", ratio(fits[i].tokens, fits[i].words));
		lk_table_cell(table, "%s",
				lk_format_whole(text, sizeof text, fits[i].unused));
	}
}

static void add_tokenizer(lk_table *table, const lk_tokenizer *tokenizer)
{
	const lk_bpe_parts *parts = lk_tokenizer_bpe_parts(tokenizer);
	uint32_t longest[LONGEST];
	size_t count = find_longest(longest, tokenizer);
	char hash[33], size[LK_FORMAT_MOST];

	lk_tokenizer_hash(tokenizer, hash);
	lk_table_cell(table, "kind");
	lk_table_cell(table, "%s", tokenizer->kind->name);
	lk_table_cell(table, "tokens");
	lk_table_cell(table, "%s, " LK_END_OF_TEXT " is %u",
			lk_format_whole(size, sizeof size, tokenizer->vocabulary),
			(unsigned)tokenizer->end);
	if (parts) {
		lk_table_cell(table, "merges");
		lk_table_cell(table, "%s, of words that %s splits (Unicode %s)",
				lk_format_whole(size, sizeof size, parts->merges),
				lk_split_name(parts->split), lk_unicode_version());
	}
	lk_table_cell(table, "hash");
	lk_table_cell(table, "%s", hash);
	for (size_t i = 0; i < count; i++) {
		char *text = show_piece(tokenizer, longest[i]);

		lk_table_cell(table, i ? "" : "longest");
		lk_table_cell(table, "%u  \"%s\"%s  %u bytes", (unsigned)longest[i],
				text ? text : "",
				tokenizer->piece_nbytes[longest[i]] > SHOWN ? "..." : "",
				(unsigned)tokenizer->piece_nbytes[longest[i]]);
		free(text);
	}
}

static lk_status print(const lk_tokenizer *tokenizer, char *const *files,
		const fit *fits, size_t count, lk_error *error)
{
	lk_table *table = NULL;
	lk_status status = lk_table_new(&table, "ll", error);

	if (!status) {
		add_tokenizer(table, tokenizer);
		status = lk_table_print(table, stdout, "", error);
	}
	lk_table_free(table);
	if (status || !count)
		return status;
	status = lk_table_new(&table, "lrrrrr", error);
	if (!status) {
		add_fits(table, files, fits, count);
		putchar('\n');
		status = lk_table_print(table, stdout, "", error);
		lk_table_free(table);
	}
	return status;
}

lk_status lk_tokenizer_info(char **arguments, const char *documents,
		const lk_common_options *common, lk_error *error)
{
	char **files = arguments + 1;
	lk_tokenizer *tokenizer = NULL;
	lk_reading reading = { 0 };
	size_t count = 0;
	fit *fits;
	lk_status status;

	while (files[count])
		count++;
	fits = calloc(count + 1, sizeof *fits);
	status = fits ? lk_load_tokenizer(&tokenizer, arguments[0], error)
		      : lk_fail(error, LK_NOMEM, "out of memory");
	if (!status)
		status = lk_reading_begin(&reading, documents, NULL, LK_RUNS, common, error);
	for (size_t i = 0; i < count && !status; i++)
		status = measure(&fits[i], files[i], tokenizer, &reading, error);
	lk_reading_end(&reading);
	if (!status)
		status = common->json ? print_json(tokenizer, files, fits, count, error)
				      : print(tokenizer, files, fits, count, error);
	lk_tokenizer_free(tokenizer);
	free(fits);
	return status;
}
