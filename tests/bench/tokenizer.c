/* bench_tokenizer train TEXT SPLIT VOCABULARY THREADS
 * bench_tokenizer encode TEXT TOKENIZER THREADS [IDS]
 *
 * How fast a byte-level BPE is learnt from a file or directory, and how fast one
 * thread or several encode it, files being documents. Reading the text is in the
 * times; finding it, which comes first, is not. IDS: where the ids go, 32 bits each
 * in the machine's order, no ends of text. Prints one JSON object. */
#include "base/clock.h"
#include "formats/tokenizer_json.h"
#include "text/bpe_train.h"
#include "text/tokenise.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

typedef struct {
	FILE *out;
	uint64_t count;
	uint32_t end;
} output;

static lk_error error;

static void check(lk_status status)
{
	if (!status)
		return;
	fprintf(stderr, "bench_tokenizer: %s\n", error.text);
	exit(1);
}

static lk_status take(void *context, const uint32_t *ids, size_t count, lk_error *why)
{
	output *o = context;

	(void)why;
	for (size_t i = 0; i < count && o->out; i++)
		if (ids[i] != o->end)
			fwrite(&ids[i], sizeof ids[i], 1, o->out);
	o->count += count;
	return LK_OK;
}

static void report(const lk_documents *documents, double seconds, uint64_t count)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	printf("{\"bytes\": %llu, \"seconds\": %.4f, \"count\": %llu, \"max_rss_bytes\": %llu}\n",
			(unsigned long long)documents->nbytes, seconds,
			(unsigned long long)count,
			(unsigned long long)usage.ru_maxrss * 1024);
}

static void train(const lk_documents *documents, char **argument)
{
	lk_bpe_train_config config = { .vocabulary = (uint32_t)atoi(argument[1]),
		.threads = atoi(argument[2]) };
	lk_bpe_train_result result;
	lk_tokenizer *made;
	double begun;

	check(lk_split_parse(&config.split, argument[0], &error));
	begun = lk_clock_seconds();
	check(lk_tokenizer_new_bpe_trained(&made, documents, &config, &result, &error));
	report(documents, lk_clock_seconds() - begun, result.merges);
	lk_tokenizer_free(made);
}

static void encode(const lk_documents *documents, char **argument, const char *ids)
{
	lk_text_work work = { .threads = atoi(argument[1]) };
	lk_tokenizer *tokenizer;
	output o = { 0 };
	double begun;

	check(lk_tokenizer_json_read(&tokenizer, argument[0], &error));
	o.end = tokenizer->end;
	o.out = ids ? fopen(ids, "wb") : NULL;
	begun = lk_clock_seconds();
	check(lk_tokenise(documents, tokenizer, &work, take, &o, &error));
	report(documents, lk_clock_seconds() - begun, o.count);
	if (o.out && fclose(o.out))
		exit(1);
	lk_tokenizer_free(tokenizer);
}

int main(int argc, char **argv)
{
	bool trains = argc == 6 && !strcmp(argv[1], "train");
	lk_corpus *corpus;

	if (!trains && !((argc == 5 || argc == 6) && !strcmp(argv[1], "encode"))) {
		fprintf(stderr, "usage: see the head of tests/bench/tokenizer.c\n");
		return 2;
	}
	check(lk_corpus_open(&corpus, (const char *const *)&argv[2], 1, &error));
	if (trains)
		train(lk_corpus_training(corpus), argv + 3);
	else
		encode(lk_corpus_training(corpus), argv + 3, argv[5]);
	lk_corpus_free(corpus);
	return 0;
}
