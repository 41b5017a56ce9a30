/* likely cache: the token files that large texts have left. */
#include "cli/command.h"
#include "cli/reading.h"
#include "formats/token_cache.h"
#include "report/format.h"
#include "report/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
	const char *cache;
	bool clean;
} cache_options;

/* clang-format off */
static const lk_option cache_rows[] = {
	{ .name = "cache", .kind = LK_OPTION_TEXT, .offset = offsetof(cache_options, cache),
		.nbytes = sizeof(char *), .unit = "DIR", .help = "look there",
		.otherwise = "$XDG_CACHE_HOME/likely, else " LK_RUNS "/" LK_CACHE_NAME },
	LK_ROW_FLAG(cache_options, clean, "clean", true, "remove these files"),
};
/* clang-format on */

static const char help[] =
		"Show the token files that texts above 64 MiB have been tokenised into, and, "
		"with --clean, remove them. They are made again when they are needed; a "
		"process that is reading one goes on.\v"
		"--json prints an event \"cache\" for each file, with \"removed\".";

static lk_status print_event(const lk_token_cache_entry *entry, bool removed,
		lk_error *error)
{
	/* clang-format off */
	return lk_print_json(json_pack("{s:s, s:s, s:b, s:I, s:I, s:I, s:b}",
		"event", "cache",
		"file", entry->path,
		"complete", entry->complete,
		"file_bytes", (json_int_t)entry->file_nbytes,
		"bytes", (json_int_t)entry->header.nbytes,
		"tokens", (json_int_t)entry->header.count,
		"removed", removed), error);
	/* clang-format on */
}

static void add_row(lk_table *table, const lk_token_cache_entry *entry)
{
	char file[LK_FORMAT_MOST], nbytes[LK_FORMAT_MOST], tokens[LK_FORMAT_MOST];

	lk_table_cell(table, "%s", entry->path);
	lk_table_cell(table, "%s",
			lk_format_bytes(file, sizeof file, (double)entry->file_nbytes));
	lk_table_cell(table, "%s",
			entry->complete ? lk_format_whole(nbytes, sizeof nbytes,
							  entry->header.nbytes)
					: "incomplete");
	lk_table_cell(table, "%s",
			entry->complete ? lk_format_whole(tokens, sizeof tokens,
							  entry->header.count)
					: "");
}

static lk_status print_table(const lk_token_cache_list *list, lk_error *error)
{
	lk_table *table;
	lk_status status = lk_table_new(&table, "lrrr", error);

	if (status)
		return status;
	lk_table_cell(table, "token file");
	lk_table_cell(table, "size");
	lk_table_cell(table, "bytes of text");
	lk_table_cell(table, "tokens");
	for (size_t i = 0; i < list->count; i++)
		add_row(table, &list->entry[i]);
	status = lk_table_print(table, stdout, "", error);
	lk_table_free(table);
	return status;
}

static lk_status print_all(const lk_token_cache_list *list, const char *directory,
		const cache_options *options, const lk_common_options *common,
		lk_error *error)
{
	lk_status status = LK_OK;

	for (size_t i = 0; i < list->count && common->json && !status; i++)
		status = print_event(&list->entry[i], options->clean, error);
	if (common->json || status)
		return status;
	if (!list->count)
		printf("%s: no token files\n", directory);
	else
		status = print_table(list, error);
	if (!status && list->count && options->clean)
		printf("\nremoved\n");
	return status ? status : lk_flush_output(error);
}

int lk_command_cache(int argc, char **argv)
{
	cache_options options = { 0 };
	lk_common_options common = lk_common_options_default();
	lk_option_group own = { .title = "Cache:",
		.option = cache_rows,
		.count = sizeof cache_rows / sizeof *cache_rows,
		.values = &options };
	lk_option_group shared = lk_common_group(&common);
	lk_option_group *groups[] = { &own, &shared, NULL };
	lk_command_line line = { .arguments = "", .help = help, .group = groups };
	lk_token_cache_list list = { 0 };
	char *directory = NULL;
	lk_error error = { 0 };
	lk_status status;

	lk_options_parse(&line, argc, argv);
	status = lk_reading_cache(&directory, options.cache, LK_RUNS, &error);
	if (!status)
		status = lk_token_cache_look(&list, directory, &error);
	if (!status && options.clean)
		status = lk_token_cache_clean(&list, &error);
	if (!status)
		status = print_all(&list, directory, &options, &common, &error);
	lk_token_cache_list_free(&list);
	free(directory);
	return status ? lk_complain(&error) : LK_EXIT_OK;
}
