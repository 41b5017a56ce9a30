/* cli/bench.h
 * What the parts of `likely bench` share: each measures something and hands it
 * to the output at once. */
#ifndef LK_CLI_BENCH_H
#define LK_CLI_BENCH_H

#include "base/profile.h"
#include "cli/options.h"
#include "model/model.h"
#include "optim/optimizer.h"

typedef struct {
	const char *preset;
	size_t batch, vocabulary, prompt, count;
	double seconds;
	bool train, sample, compare_threads, parts;
	lk_weights quantize;
	lk_optimizer_kind optimizer;
} lk_bench_options;

typedef struct {
	lk_bench_options options;
	lk_common_options common;
	lk_model_config config;
	const char *directory; /* of a model to be measured, or NULL: fresh weights */
	lk_isa isa;
	int threads;
	double sgemm_one, sgemm; /* FLOP/s of one thread and of all */
	double read;             /* bytes/s, of memory as large as the weights */
} lk_bench;

/* One line of results. */
typedef struct {
	char name[32];          /* "train", "prompt", "decode", ... */
	char shape[48];         /* "12 x 64 tokens" */
	double tokens_per_s;    /* all streams together */
	double flops_per_token;
	double read_per_token;  /* bytes of weights, where they bound; 0: they do not */
	size_t nbytes;          /* resident memory */
	lk_profile profile;     /* of so many tokens, or nothing */
	double profiled_tokens;
} lk_bench_result;

/* A model of the configuration: that of the directory, or with fresh weights. */
lk_status lk_bench_model(lk_model **model, const lk_bench *bench, lk_error *error);

/* Repetitions of something that takes so many seconds for each of `units`, so
 * that it fills the time given and is repeated often enough for a median. */
enum { LK_BENCH_LEAST = 5, LK_BENCH_MOST = 4096 };
bool lk_bench_enough(const lk_bench *bench, size_t done, double begun);

/* A whole training step, fused and parallel as `likely train` runs it. */
lk_status lk_bench_train(lk_bench *bench, lk_error *error);

/* Prompt, one stream, and --count streams at once. */
lk_status lk_bench_sample(lk_bench *bench, lk_error *error);

/* Every product of the model's layers: in tiles by one team, and as OpenBLAS
 * divides it among threads of its own. */
lk_status lk_bench_threads(const lk_bench *bench, lk_error *error);

/* What runs, and what the machine can do. */
lk_status lk_bench_print_machine(const lk_bench *bench, lk_error *error);

lk_status lk_bench_print(const lk_bench *bench, const lk_bench_result *result,
		lk_error *error);

#endif
