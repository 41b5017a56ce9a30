/* likely compress: a text as what it costs under a model. */
#include "base/file.h"
#include "base/hash.h"
#include "base/printf.h"
#include "cli/coding.h"
#include "cli/command.h"
#include "formats/json.h"
#include "report/format.h"
#include "report/terminal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct {
	const char *out, *tokenizer;
	size_t streams;
	bool force;
} compress_options;

/* clang-format off */
static const lk_option rows[] = {
	{ .name = "out", .kind = LK_OPTION_TEXT, .offset = offsetof(compress_options, out),
		.nbytes = sizeof(char *), .unit = "FILE",
		.help = "where the compressed text goes; -: standard output",
		.otherwise = "FILE.likely, or standard output where the text is standard input" },
	LK_ROW_FLAG(compress_options, force, "force", true, "replace a file that exists"),
	{ .name = "streams", .kind = LK_OPTION_COUNT, .offset = offsetof(compress_options, streams),
		.nbytes = sizeof(size_t), .least_count = 1, .most_count = LK_COMPRESSED_STREAMS_MOST,
		.unit = "streams",
		.help = "cut the text into so many stretches, coded side by side; each begins as a text of its own",
		.otherwise = "one for each 2048 tokens, at most 64" },
	LK_ROW_TEXT(compress_options, tokenizer, "tokenizer", "KIND",
		"for a model that comes without one: byte, or a directory that holds a tokenizer.json"),
};

static const char help[] =
		"Compress FILE (- for standard input) with MODEL, a run, a checkpoint or a Hugging "
		"Face directory; without it, the newest run is taken. Arithmetic coding: the "
		"file's size is what the text costs under the model, its negative "
		"log-likelihood (NLL), and a header of 64 bytes.\v"
		"The compressed text is decompressed again and compared before it is written. "
		"Only the same model, on the same program and kind of processor, can decompress "
		"it; any number of threads will do.\n\n"
		"A stream is predicted as a text of its own, so every stream but the first "
		"begins without context, which costs some bits; the NLL reported is the one "
		"paid. With --streams 1 it is that of `likely eval`, slower. A stretch longer "
		"than the context is read on from its newer half.\n\n"
		"--json prints an event \"compress\": nll in nats, payload_bytes, file_bytes.";
/* clang-format on */

/* What one compression knows. */
typedef struct {
	lk_coding coding;
	const char *name, *out; /* of the text, and where it goes */
	lk_bytes text;
	lk_ids ids;
	size_t streams;
	double nll;
	unsigned char *file; /* header and payload */
	size_t nbytes;
} compression;

/* The payload behind room for a header. */
static lk_status take_payload(
		compression *c, const lk_range_encoder *encoder, lk_error *error)
{
	c->nbytes = LK_COMPRESSED_HEADER + encoder->nbytes;
	c->file = malloc(c->nbytes);
	if (!c->file)
		return lk_fail(error, LK_NOMEM,
				"out of memory for the compressed text");
	if (encoder->nbytes)
		memcpy(c->file + LK_COMPRESSED_HEADER, encoder->data, encoder->nbytes);
	return LK_OK;
}

static lk_status encode(compression *c, lk_error *error)
{
	lk_compressed_header header = { .nbytes = c->text.nbytes,
		.text_hash = lk_hash64(c->text.data, c->text.nbytes),
		.tokens = c->ids.count,
		.streams = (uint32_t)c->streams };
	lk_range_encoder encoder = { 0 };
	lk_codec codec;
	lk_status status = lk_coding_begin(&codec, &header.path, &c->coding, c->streams,
			"compressing", error);

	memcpy(header.model, c->coding.model, sizeof header.model);
	if (!status && c->ids.count) {
		lk_range_encoder_begin(&encoder);
		status = lk_codec_encode(&encoder, &c->nll, &codec, c->ids.data,
				c->ids.count, error);
		if (!status)
			status = lk_range_encoder_end(&encoder, error);
	}
	if (!status)
		status = take_payload(c, &encoder, error);
	if (!status)
		lk_compressed_header_write(
				c->file, c->nbytes - LK_COMPRESSED_HEADER, &header);
	lk_range_encoder_free(&encoder);
	lk_coding_end(&codec);
	return status ? lk_fail_in(error, status, "%s", c->name) : LK_OK;
}

static lk_status verify(compression *c, lk_error *error)
{
	lk_compressed_header header;
	lk_range_decoder decoder;
	unsigned char *text = NULL;
	size_t nbytes = 0;
	lk_codec codec = { 0 };
	uint64_t path;
	lk_error why;
	lk_status status = lk_compressed_header_read(
			&header, c->file, c->nbytes, c->name, &why);

	if (!status)
		status = lk_coding_begin(&codec, &path, &c->coding, header.streams,
				"verifying", &why);
	lk_range_decoder_begin(&decoder, c->file + LK_COMPRESSED_HEADER,
			c->nbytes - LK_COMPRESSED_HEADER);
	if (!status && header.tokens)
		status = lk_codec_decode(&text, &nbytes, (size_t)header.nbytes, &codec,
				&decoder, header.tokens, &why);
	if (!status && (path != header.path || nbytes != c->text.nbytes ||
				       (nbytes && memcmp(text, c->text.data, nbytes) !=
								       0)))
		status = lk_fail(&why, LK_FORMAT, "another text comes out");
	lk_coding_end(&codec);
	free(text);
	return status ? lk_fail(error, status,
					"%s: cannot be decompressed again, so nothing "
					"was "
					"written: %s",
					c->name, why.text)
		      : LK_OK;
}

static double bits_per_byte(const compression *c, double nbytes)
{
	return c->text.nbytes ? 8 * nbytes / (double)c->text.nbytes : 0;
}

static lk_status print_event(const compression *c, lk_error *error)
{
	double nll_bytes = c->nll / M_LN2 / 8;

	/* clang-format off */
	return lk_print_json(json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:o, s:o, s:I, s:I, s:I, s:o, s:o, s:b, s:{s:I, s:I}}",
		"event", "compress",
		"model", c->coding.loaded.directory,
		"file", c->name,
		"out", c->out,
		"bytes", (json_int_t)c->text.nbytes,
		"tokens", (json_int_t)c->ids.count,
		"streams", (json_int_t)c->streams,
		"nll", lk_json_new_real(c->nll),
		"nll_bytes", lk_json_new_real(nll_bytes),
		"payload_bytes", (json_int_t)(c->nbytes - LK_COMPRESSED_HEADER),
		"header_bytes", (json_int_t)LK_COMPRESSED_HEADER,
		"file_bytes", (json_int_t)c->nbytes,
		"bits_per_byte", lk_json_new_real(bits_per_byte(c, nll_bytes)),
		"file_bits_per_byte", lk_json_new_real(bits_per_byte(c, (double)c->nbytes)),
		"verified", true,
		"policy",
			"context", (json_int_t)c->coding.policy.context,
			"stride", (json_int_t)c->coding.policy.stride), error);
	/* clang-format on */
}

static lk_status report(const compression *c, lk_error *error)
{
	const lk_common_options *common = c->coding.common;
	char from[LK_FORMAT_MOST], to[LK_FORMAT_MOST], payload[LK_FORMAT_MOST], *text;

	if (common->json)
		return print_event(c, error);
	text = lk_asprintf("%s: %s bytes became %s, %.4f bits per byte: a header of %d and "
			   "a payload of %s; the NLL is %.1f bytes, %.4f bits per byte "
			   "(%zu %s); decompressed again: the same",
			c->name, lk_format_whole(from, sizeof from, c->text.nbytes),
			lk_format_whole(to, sizeof to, c->nbytes),
			bits_per_byte(c, (double)c->nbytes), LK_COMPRESSED_HEADER,
			lk_format_whole(payload, sizeof payload,
					c->nbytes - LK_COMPRESSED_HEADER),
			c->nll / M_LN2 / 8, bits_per_byte(c, c->nll / M_LN2 / 8),
			c->streams, c->streams == 1 ? "stream" : "streams");
	if (!text)
		return lk_fail(error, LK_NOMEM, "out of memory for a sentence");
	if (!strcmp(c->out, "-")) {
		if (!common->quiet)
			lk_say("%s", text);
	} else {
		puts(text);
	}
	free(text);
	return lk_flush_output(error);
}

static lk_status write_out(const compression *c, lk_error *error)
{
	if (strcmp(c->out, "-") != 0)
		return lk_file_replace(c->out, c->file, c->nbytes, error);
	return lk_file_write_all(
			STDOUT_FILENO, c->file, c->nbytes, "standard output", error);
}

static lk_status compress(compression *c, const char *model, const char *path,
		const compress_options *options, const lk_common_options *common,
		lk_error *error)
{
	lk_status status = lk_coding_check_out(c->out, options->force, error);

	if (!status)
		status = lk_file_read(&c->text, path, 0, error);
	if (!status)
		status = lk_coding_open(
				&c->coding, model, options->tokenizer, common, error);
	if (!status) {
		status = lk_tokenizer_encode(c->coding.loaded.tokenizer, c->text.data,
				c->text.nbytes, &c->ids, error);
		if (status)
			lk_fail_in(error, status, "%s", c->name);
	}
	if (status)
		return status;
	c->streams = options->streams ? options->streams
				      : lk_coding_streams(&c->coding, c->ids.count);
	if (c->streams > c->ids.count)
		c->streams = c->ids.count ? c->ids.count : 1;
	status = encode(c, error);
	if (!status)
		status = verify(c, error);
	if (!status)
		status = write_out(c, error);
	return status ? status : report(c, error);
}

/* FILE.likely, or standard output; malloc'd. */
static char *out_of(const char *given, const char *path)
{
	if (given)
		return strdup(given);
	if (!strcmp(path, "-"))
		return strdup("-");
	return lk_asprintf("%s.likely", path);
}

int lk_command_compress(int argc, char **argv)
{
	compress_options options = { 0 };
	lk_common_options common = lk_common_options_default();
	lk_option_group compressing = { .title = "Compressing:",
		.option = rows,
		.count = sizeof rows / sizeof *rows,
		.values = &options };
	lk_option_group shared = lk_common_group(&common);
	lk_option_group *groups[] = { &compressing, &shared, NULL };
	lk_command_line line = { .arguments = "[MODEL] FILE",
		.help = help,
		.group = groups,
		.least = 1,
		.most = 2 };
	compression c = { 0 };
	lk_status status;
	lk_error error;

	lk_options_parse(&line, argc, argv);
	const char *path = line.argument[line.argument_count - 1];
	char *out = out_of(options.out, path);
	if (out && !strcmp(out, "-") && common.json)
		lk_usage_error(&line,
				"--json writes to standard output, and so does the "
				"compressed text; name a file with --out");
	if (out && !strcmp(out, "-") && lk_terminal_is(stdout))
		lk_usage_error(&line,
				"a compressed text is not for a terminal; name a file "
				"with --out");
	c.name = strcmp(path, "-") ? path : "standard input";
	c.out = out;
	status = out ? compress(&c, line.argument_count > 1 ? line.argument[0] : NULL,
				       path, &options, &common, &error)
		     : lk_fail(&error, LK_NOMEM, "out of memory for a name");
	lk_coding_close(&c.coding);
	lk_ids_free(&c.ids);
	lk_bytes_free(&c.text);
	free(c.file);
	free(out);
	return status ? lk_complain(&error) : LK_EXIT_OK;
}
