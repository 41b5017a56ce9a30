#include "formats/arpa.h"

#include "base/file.h"
#include "base/output.h"
#include "ngram/tree.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOG_OF_ZERO (-99.0)

enum { BUFFER = 1 << 16 };

typedef struct {
	lk_output *output; /* NULL: standard output */
	char buffer[BUFFER];
	size_t used;
	const lk_ngram *ngram;
	const lk_arpa_names *names;
	lk_error *error;
	lk_status status; /* the first failure sticks */
} writer;

static void flush(writer *w)
{
	if (w->status)
		return;
	w->status = w->output ? lk_output_write(w->output, w->buffer, w->used, w->error)
			      : lk_file_write_all(STDOUT_FILENO, w->buffer, w->used,
						"standard output", w->error);
	w->used = 0;
}

static void put(writer *w, const char *text, size_t nbytes)
{
	for (size_t n; nbytes && !w->status; nbytes -= n, text += n) {
		if (w->used == BUFFER)
			flush(w);
		n = nbytes < BUFFER - w->used ? nbytes : BUFFER - w->used;
		memcpy(w->buffer + w->used, text, n);
		w->used += n;
	}
}

static void put_text(writer *w, const char *text)
{
	put(w, text, strlen(text));
}

/* Nine digits tell every float's logarithm from its neighbours'. */
static void put_log10(writer *w, float value)
{
	char text[32];
	double log_value = value > 0 ? log10((double)value) : LOG_OF_ZERO;

	put(w, text, (size_t)snprintf(text, sizeof text, "%.9g", log_value));
}

static void put_line(writer *w, float p, const char *words, const float *backoff)
{
	put_log10(w, p);
	put_text(w, "\t");
	put_text(w, words);
	if (backoff) {
		put_text(w, "\t");
		put_log10(w, *backoff);
	}
	put_text(w, "\n");
}

/* The end of text is two words. */
static void put_tokens(writer *w)
{
	static const float one = 1;
	const lk_ngram_level *level = &w->ngram->level[1];
	bool alone = w->ngram->options.order == 1;

	put_line(w, 0, "<unk>", alone ? NULL : &one);
	for (uint32_t id = 0; id < level->count; id++) {
		const float *backoff = alone ? NULL : &level->backoff[id].real;

		if (id == w->ngram->options.end) {
			put_line(w, 0, "<s>", backoff);
			put_line(w, level->p[id].real, "</s>", alone ? NULL : &one);
		} else {
			put_line(w, level->p[id].real, lk_arpa_name(w->names, id),
					backoff);
		}
	}
}

/* The n-grams of level n >= 2. node[k] is the one of k tokens that number i is
 * below; as i grows they only move on. */
static void put_level(writer *w, size_t n)
{
	const lk_ngram_level *level = w->ngram->level;
	uint32_t node[LK_NGRAM_ORDER_MOST + 1] = { 0 }, end = w->ngram->options.end;

	for (size_t i = 0; i < level[n].count && !w->status; i++) {
		node[n] = (uint32_t)i;
		for (size_t k = n - 1; k; k--)
			while (level[k].first[node[k] + 1] <= node[k + 1])
				node[k]++;
		put_log10(w, level[n].p[i].real);
		for (size_t k = 1; k <= n; k++) {
			uint32_t id = k == 1 ? node[1]
					     : lk_ngram_word(&level[k].word, node[k]);

			put_text(w, k == 1 ? "\t" : " ");
			put_text(w, id != end ? lk_arpa_name(w->names, id)
				    : k == 1  ? "<s>"
					      : "</s>");
		}
		if (level[n].backoff) {
			put_text(w, "\t");
			put_log10(w, level[n].backoff[i].real);
		}
		put_text(w, "\n");
	}
}

static void put_model(writer *w)
{
	size_t order = w->ngram->options.order;
	char text[64];

	put_text(w, "\\data\\\n");
	for (size_t n = 1; n <= order; n++) {
		/* <unk>, and the end of text twice */
		size_t count = w->ngram->level[n].count + (n == 1 ? 2 : 0);

		snprintf(text, sizeof text, "ngram %zu=%zu\n", n, count);
		put_text(w, text);
	}
	for (size_t n = 1; n <= order; n++) {
		snprintf(text, sizeof text, "\n\\%zu-grams:\n", n);
		put_text(w, text);
		if (n == 1)
			put_tokens(w);
		else
			put_level(w, n);
	}
	put_text(w, "\n\\end\\\n");
}

lk_status lk_arpa_write(const char *path, const lk_ngram *ngram,
		const lk_arpa_names *names, lk_error *error)
{
	writer *w = calloc(1, sizeof *w);
	lk_status status;

	if (!w)
		return lk_fail(error, LK_NOMEM, "%s: out of memory", path);
	w->ngram = ngram;
	w->names = names;
	w->error = error;
	if (strcmp(path, "-"))
		w->status = lk_output_new(&w->output, path, false, error);
	if (!w->status)
		put_model(w);
	flush(w);
	status = w->status;
	if (w->output && !status)
		status = lk_output_finish(w->output, error);
	else
		lk_output_drop(w->output);
	free(w);
	return status;
}
