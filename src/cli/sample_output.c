#include "cli/sample_output.h"

#include "cli/command.h"
#include "report/escape.h"
#include "report/terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

typedef struct {
	unsigned char *data;
	size_t nbytes, capacity;
} text;

struct lk_sample_output {
	size_t samples;
	const unsigned char *prompt;
	size_t prompt_nbytes;
	uint64_t seed;
	bool json;
	bool terminal, colour;
	unsigned char last; /* byte that was printed last */
	text *kept;         /* [samples] */
	lk_error error;
};

lk_status lk_sample_output_new(lk_sample_output **output, size_t samples,
		const unsigned char *prompt, size_t prompt_nbytes, uint64_t seed,
		bool json, lk_error *error)
{
	lk_sample_output *o = calloc(1, sizeof *o);

	if (o)
		o->kept = calloc(samples, sizeof *o->kept);
	if (!o || !o->kept) {
		free(o);
		return lk_fail(error, LK_NOMEM, "out of memory for %zu samples",
				samples);
	}
	o->samples = samples;
	o->prompt = prompt;
	o->prompt_nbytes = prompt_nbytes;
	o->seed = seed;
	o->json = json;
	o->terminal = lk_terminal_is(stdout);
	o->colour = lk_terminal_has_colour(stdout);
	*output = o;
	return LK_OK;
}

void lk_sample_output_free(lk_sample_output *output)
{
	if (!output)
		return;
	for (size_t i = 0; i < output->samples; i++)
		free(output->kept[i].data);
	free(output->kept);
	free(output);
}

static lk_status keep(
		text *t, const unsigned char *data, size_t nbytes, lk_error *error)
{
	if (nbytes > t->capacity - t->nbytes) {
		size_t capacity = 2 * (t->nbytes + nbytes);
		unsigned char *longer = realloc(t->data, capacity);

		if (!longer)
			return lk_fail(error, LK_NOMEM, "out of memory for a sample");
		t->data = longer;
		t->capacity = capacity;
	}
	memcpy(t->data + t->nbytes, data, nbytes);
	t->nbytes += nbytes;
	return LK_OK;
}

static void print(lk_sample_output *o, const unsigned char *data, size_t nbytes)
{
	if (!nbytes)
		return;
	if (o->terminal)
		lk_escape_write(stdout, data, nbytes, true);
	else
		fwrite(data, 1, nbytes, stdout);
	o->last = data[nbytes - 1];
}

static void print_prompt(lk_sample_output *o)
{
	o->last = '\n'; /* an empty sample needs no end of line */
	if (o->colour && o->prompt_nbytes)
		fputs("\033[1m", stdout);
	print(o, o->prompt, o->prompt_nbytes);
	if (o->colour && o->prompt_nbytes)
		fputs("\033[0m", stdout);
}

static void end_line(const lk_sample_output *o)
{
	if (o->last != '\n')
		putchar('\n');
}

lk_status lk_sample_output_begin(lk_sample_output *output, lk_error *error)
{
	if (output->json)
		return LK_OK;
	print_prompt(output);
	return lk_flush_output(error);
}

lk_status lk_sample_output_text(void *context, size_t sample, const unsigned char *data,
		size_t nbytes, bool done)
{
	lk_sample_output *o = context;

	if (done)
		return LK_OK;
	if (o->json || sample)
		return keep(&o->kept[sample], data, nbytes, &o->error);
	print(o, data, nbytes);
	return lk_flush_output(&o->error);
}

const lk_error *lk_sample_output_error(const lk_sample_output *output)
{
	return &output->error;
}

/* The bytes as a JSON string, U+FFFD for those that are no UTF-8; *exact tells
 * whether there were none. */
static json_t *json_text(const unsigned char *data, size_t nbytes, bool *exact)
{
	json_t *string = nbytes ? json_stringn((const char *)data, nbytes)
				: json_string("");
	text clean = { 0 };
	lk_status status = LK_OK;

	*exact = string != NULL;
	for (size_t at = 0; !*exact && at < nbytes && !status;) {
		utf8proc_int32_t c;
		utf8proc_ssize_t length = utf8proc_iterate(
				data + at, (utf8proc_ssize_t)(nbytes - at), &c);

		if (length > 0)
			status = keep(&clean, data + at, (size_t)length, NULL);
		else
			status = keep(&clean, (const unsigned char *)"\uFFFD", 3, NULL);
		at += length > 0 ? (size_t)length : 1;
	}
	if (!*exact && !status)
		string = json_stringn((const char *)clean.data, clean.nbytes);
	free(clean.data);
	return string;
}

static json_t *json_hexadecimal(const unsigned char *data, size_t nbytes)
{
	char *digits = malloc(2 * nbytes + 1);
	json_t *string;

	if (!digits)
		return NULL;
	for (size_t i = 0; i < nbytes; i++)
		snprintf(digits + 2 * i, 3, "%02x", data[i]);
	string = json_string(digits);
	free(digits);
	return string;
}

static lk_status print_event(const lk_sample_output *o, size_t sample, lk_error *error)
{
	const text *t = &o->kept[sample];
	bool exact_prompt, exact;
	json_t *prompt = json_text(o->prompt, o->prompt_nbytes, &exact_prompt);
	json_t *string = json_text(t->data, t->nbytes, &exact);
	json_t *event = json_pack("{s:s, s:I, s:I, s:o, s:o}", "event", "sample",
			"sample", (json_int_t)sample, "seed", (json_int_t)o->seed,
			"prompt", prompt, "text", string);

	if (event && !exact &&
			json_object_set_new(event, "text_hex",
					json_hexadecimal(t->data, t->nbytes))) {
		json_decref(event);
		event = NULL;
	}
	return lk_print_json(event, error);
}

lk_status lk_sample_output_end(lk_sample_output *output, lk_error *error)
{
	lk_status status = LK_OK;

	if (output->json) {
		for (size_t i = 0; i < output->samples && !status; i++)
			status = print_event(output, i, error);
		return status;
	}
	end_line(output);
	for (size_t i = 1; i < output->samples; i++) {
		puts("---");
		print_prompt(output);
		print(output, output->kept[i].data, output->kept[i].nbytes);
		end_line(output);
	}
	return lk_flush_output(error);
}
