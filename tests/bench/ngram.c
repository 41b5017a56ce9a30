/* bench_ngram IDS VOCABULARY ORDER THREADS [--score TEST] [--write ARPA]
 * bench_ngram ARPA VOCABULARY 0 0 [--score TEST] [--write ARPA]
 *
 * How fast Kneser-Ney is estimated from a file of ids, a document to the line, and
 * how fast one thread then scores another such file; or the latter of a model in an
 * ARPA file that has ids as words. The end of text is id VOCABULARY - 1. Prints one
 * JSON object. Reading the files is not in the times; memory is that of the whole
 * process when the estimate is there. */
#include "base/clock.h"
#include "base/file.h"
#include "formats/arpa.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
	uint32_t *id;
	uint16_t *narrow; /* the same in less memory, while estimating */
	size_t count, lines;
} ids;

static void fail(const char *what)
{
	fprintf(stderr, "bench_ngram: %s\n", what);
	exit(1);
}

static ids read_ids(const char *path, uint32_t end)
{
	ids result = { 0 };
	FILE *file = fopen(path, "r");
	size_t capacity = 1 << 20;
	uint32_t number = 0;
	int digits = 0;

	if (!file)
		fail("the ids cannot be opened");
	result.id = malloc(capacity * sizeof *result.id);
	result.id[result.count++] = end;
	for (int c = getc_unlocked(file); c != EOF; c = getc_unlocked(file)) {
		if (result.count + 2 > capacity) {
			capacity *= 2;
			result.id = realloc(result.id, capacity * sizeof *result.id);
		}
		if (c >= '0' && c <= '9') {
			number = number * 10 + (uint32_t)(c - '0');
			digits++;
			continue;
		}
		if (digits)
			result.id[result.count++] = number;
		if (c == '\n') {
			result.id[result.count++] = end;
			result.lines++;
		}
		number = 0;
		digits = 0;
	}
	fclose(file);
	return result;
}

static void read_narrow(const void *stream, size_t first, size_t count, uint32_t *out)
{
	const uint16_t *id = stream;

	for (size_t i = 0; i < count; i++)
		out[i] = id[first + i];
}

static void read_wide(const void *stream, size_t first, size_t count, uint32_t *out)
{
	memcpy(out, (const uint32_t *)stream + first, count * sizeof *out);
}

/* Ids in 16 bits where they fit, as a stream of tokens keeps them. */
static void narrow(ids *text, uint32_t vocabulary)
{
	if (vocabulary > UINT16_MAX + 1u)
		return;
	text->narrow = malloc(text->count * sizeof *text->narrow);
	for (size_t i = 0; i < text->count; i++)
		text->narrow[i] = (uint16_t)text->id[i];
	free(text->id);
	text->id = NULL;
}

static void score(const lk_ngram *ngram, const char *path, uint32_t end)
{
	ids text = read_ids(path, end);
	double *nll = malloc(text.count * sizeof *nll), sum = 0, best = INFINITY;

	for (int pass = 0; pass < 3; pass++) {
		double begun = lk_clock_seconds(), seconds;

		lk_ngram_score(ngram, text.id, text.count, 1, nll);
		seconds = lk_clock_seconds() - begun;
		best = seconds < best ? seconds : best;
	}
	for (size_t i = 1; i < text.count; i++)
		sum += nll[i - 1];
	printf(", \"scored\": %zu, \"score_s\": %.3f, \"tokens_per_s\": %.0f, "
	       "\"perplexity\": %.9g",
			text.count - 1, best, (double)(text.count - 1) / best,
			exp(sum / (double)(text.count - 1)));
	free(nll);
	free(text.id);
}

static lk_ngram *estimate(const char *path, const lk_ngram_options *options)
{
	ids text = read_ids(path, options->end);
	double begun, seconds;
	lk_ngram *ngram;
	lk_error error;

	narrow(&text, options->vocabulary);
	begun = lk_clock_seconds();
	if (lk_ngram_fit(&ngram, options, text.narrow ? read_narrow : read_wide,
			    text.narrow ? (const void *)text.narrow : text.id, text.count,
			    &error))
		fail(error.text);
	seconds = lk_clock_seconds() - begun;
	printf("{\"tokens\": %zu, \"estimate_s\": %.3f, \"max_rss_bytes\": %zu, "
	       "\"model_bytes\": %zu",
			text.count, seconds, lk_memory_peak(), lk_ngram_memory(ngram));
	free(text.id);
	free(text.narrow);
	return ngram;
}

static lk_ngram *load(const char *path, const lk_arpa_names *names)
{
	double begun = lk_clock_seconds();
	lk_ngram *ngram;
	lk_error error;

	if (lk_arpa_read(&ngram, path, names, &error))
		fail(error.text);
	printf("{\"read_s\": %.3f", lk_clock_seconds() - begun);
	return ngram;
}

int main(int argc, char **argv)
{
	lk_ngram_options options = { .smoothing = LK_NGRAM_KNESER_NEY };
	lk_arpa_names *names;
	lk_ngram *ngram;
	lk_error error;

	if (argc < 5)
		fail("usage: bench_ngram IDS VOCABULARY ORDER THREADS [--score TEST] "
		     "[--write ARPA]");
	options.vocabulary = (uint32_t)strtoul(argv[2], NULL, 10);
	options.order = strtoul(argv[3], NULL, 10);
	options.threads = atoi(argv[4]);
	options.end = options.vocabulary - 1;
	if (lk_arpa_names_new_ids(&names, options.vocabulary, options.end, &error))
		fail(error.text);
	ngram = options.order ? estimate(argv[1], &options) : load(argv[1], names);
	for (int i = 5; i + 1 < argc; i += 2) {
		if (!strcmp(argv[i], "--score"))
			score(ngram, argv[i + 1], options.end);
		else if (strcmp(argv[i], "--write"))
			fail("the options are --score and --write");
		else if (lk_arpa_write(argv[i + 1], ngram, names, &error))
			fail(error.text);
	}
	printf("}\n");
	lk_ngram_free(ngram);
	lk_arpa_names_free(names);
	return 0;
}
