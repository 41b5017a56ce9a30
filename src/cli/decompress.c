/* likely decompress: the text that likely compress made small. */
#include "base/file.h"
#include "base/hash.h"
#include "cli/coding.h"
#include "cli/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct {
	const char *out, *tokenizer;
	bool force;
} decompress_options;

static const char suffix[] = ".likely";

/* clang-format off */
static const lk_option rows[] = {
	{ .name = "out", .kind = LK_OPTION_TEXT, .offset = offsetof(decompress_options, out),
		.nbytes = sizeof(char *), .unit = "FILE",
		.help = "where the text goes; -: standard output",
		.otherwise = "FILE without .likely, or standard output where FILE is standard input" },
	LK_ROW_FLAG(decompress_options, force, "force", true, "replace a file that exists"),
	LK_ROW_TEXT(decompress_options, tokenizer, "tokenizer", "KIND",
		"for a model that comes without one: byte, or a directory that holds a tokenizer.json"),
};

static const char help[] =
		"Decompress FILE (- for standard input), which likely compress made with MODEL: "
		"the same model is needed, on the same program and kind of processor. "
		"Without MODEL, the newest run is taken.\v"
		"What comes out is checked against the checksum of the text before it is "
		"written.\n\n"
		"--json prints an event \"decompress\".";
/* clang-format on */

static lk_status check_model(const lk_compressed_header *header,
		const lk_coding *coding, const char *name, lk_error *error)
{
	if (!memcmp(header->model, coding->model, sizeof header->model))
		return LK_OK;
	return lk_fail(error, LK_UNSUPPORTED,
			"%s: was compressed with another model or tokenizer than %s; "
			"name "
			"the one it was made with",
			name, coding->loaded.directory);
}

static lk_status check_path(const lk_compressed_header *header, uint64_t path,
		const lk_coding *coding, const char *name, lk_error *error)
{
	if (path == header->path)
		return LK_OK;
	return lk_fail(error, LK_UNSUPPORTED,
			"%s: was compressed on another numeric path than that of this "
			"machine, %s: the model computes slightly different numbers "
			"here, "
			"and another text would come out; decompress it where it was "
			"compressed",
			name, coding->path);
}

static lk_status decode(lk_bytes *text, lk_coding *coding, const lk_bytes *file,
		const lk_compressed_header *header, const char *name, lk_error *error)
{
	lk_range_decoder decoder;
	lk_codec codec;
	uint64_t path;
	lk_status status = lk_coding_begin(
			&codec, &path, coding, header->streams, "decompressing", error);

	if (!status)
		status = check_path(header, path, coding, name, error);
	if (!status && header->tokens) {
		lk_range_decoder_begin(&decoder, file->data + LK_COMPRESSED_HEADER,
				file->nbytes - LK_COMPRESSED_HEADER);
		status = lk_codec_decode(&text->data, &text->nbytes,
				(size_t)header->nbytes, &codec, &decoder,
				header->tokens, error);
		if (status)
			lk_fail_in(error, status, "%s", name);
	}
	lk_coding_end(&codec);
	if (!status && (text->nbytes != header->nbytes ||
				       lk_hash64(text->data ? text->data
							    : (unsigned char *)"",
						       text->nbytes) !=
						       header->text_hash))
		status = lk_fail(error, LK_FORMAT,
				"%s: is damaged: what comes out is not the text that "
				"went "
				"in",
				name);
	return status;
}

static lk_status decompress(lk_coding *coding, const char *model, const char *path,
		const char *out, const decompress_options *options,
		const lk_common_options *common, lk_error *error)
{
	const char *name = strcmp(path, "-") ? path : "standard input";
	lk_compressed_header header;
	lk_bytes file = { 0 }, text = { 0 };
	lk_status status = lk_coding_check_out(out, options->force, error);

	if (!status)
		status = lk_file_read(&file, path, 0, error);
	if (!status)
		status = lk_compressed_header_read(
				&header, file.data, file.nbytes, name, error);
	if (!status)
		status = lk_coding_open(
				coding, model, options->tokenizer, common, error);
	if (!status)
		status = check_model(&header, coding, name, error);
	if (!status)
		status = decode(&text, coding, &file, &header, name, error);
	if (!status && strcmp(out, "-") != 0)
		status = lk_file_replace(out, text.data, text.nbytes, error);
	else if (!status)
		status = lk_file_write_all(STDOUT_FILENO, text.data, text.nbytes,
				"standard output", error);
	if (!status && common->json)
		status = lk_print_json(
				json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I}",
						"event", "decompress", "model",
						coding->loaded.directory, "file", name,
						"out", out, "bytes",
						(json_int_t)text.nbytes, "tokens",
						(json_int_t)header.tokens, "streams",
						(json_int_t)header.streams,
						"file_bytes", (json_int_t)file.nbytes),
				error);
	lk_bytes_free(&file);
	lk_bytes_free(&text);
	return status;
}

/* FILE without its suffix, or standard output; malloc'd. */
static char *out_of(const lk_command_line *line, const char *given, const char *path)
{
	size_t length = strlen(path), tail = sizeof suffix - 1;

	if (given)
		return strdup(given);
	if (!strcmp(path, "-"))
		return strdup("-");
	if (length <= tail || strcmp(path + length - tail, suffix) != 0)
		lk_usage_error(line,
				"'%s' does not end in %s; name the text's file with "
				"--out",
				path, suffix);
	return strndup(path, length - tail);
}

int lk_command_decompress(int argc, char **argv)
{
	decompress_options options = { 0 };
	lk_common_options common = lk_common_options_default();
	lk_option_group decompressing = { .title = "Decompressing:",
		.option = rows,
		.count = sizeof rows / sizeof *rows,
		.values = &options };
	lk_option_group shared = lk_common_group(&common);
	lk_option_group *groups[] = { &decompressing, &shared, NULL };
	lk_command_line line = { .arguments = "[MODEL] FILE",
		.help = help,
		.group = groups,
		.least = 1,
		.most = 2 };
	lk_coding coding = { 0 };
	lk_status status;
	lk_error error;

	lk_options_parse(&line, argc, argv);
	const char *path = line.argument[line.argument_count - 1];
	char *out = out_of(&line, options.out, path);
	if (out && !strcmp(out, "-") && common.json)
		lk_usage_error(&line,
				"--json writes to standard output, and so does the "
				"text; name a file with --out");
	status = out ? decompress(&coding,
				       line.argument_count > 1 ? line.argument[0]
							       : NULL,
				       path, out, &options, &common, &error)
		     : lk_fail(&error, LK_NOMEM, "out of memory for a name");
	lk_coding_close(&coding);
	free(out);
	return status ? lk_complain(&error) : LK_EXIT_OK;
}
