/* likely train --model ngram:N: a model that is counted, not trained. */
#include "cli/train_run.h"

#include "base/clock.h"
#include "cli/command.h"
#include "evaluate/ngrams.h"
#include "formats/json.h"
#include "report/format.h"
#include "report/table.h"
#include "train/event.h"
#include "train/numeric_path.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRANSFORMER "transformer"
#define NGRAM       "ngram"

static const char *const smoothing_choices[] = {
#define X(name, text) text,
	LK_NGRAM_SMOOTHINGS(X)
#undef X
	NULL,
};

lk_kind_options lk_kind_options_default(void)
{
	return (lk_kind_options){ TRANSFORMER, LK_NGRAM_KNESER_NEY, 1 };
}

bool lk_kind_is_transformer(const lk_kind_options *values)
{
	return !strcmp(values->model, TRANSFORMER);
}

lk_option_group lk_kind_group(lk_kind_options *values)
{
	/* clang-format off */
	static const lk_option rows[] = {
		LK_ROW_TEXT(lk_kind_options, model, "model", "KIND",
			TRANSFORMER "; or " NGRAM ":N, which knows how often each N tokens stood together, N = 1 to 64"),
		LK_ROW_CHOICE(lk_kind_options, smoothing, "smoothing", smoothing_choices,
			"how an n-gram model makes probabilities of counts"),
		LK_ROW_REAL(lk_kind_options, alpha, "alpha", 1e-300, 1e300,
			"what --smoothing additive adds to each count: the posterior mean under a Dirichlet(alpha) prior, and the mode (MAP) under Dirichlet(alpha + 1)"),
	};
	/* clang-format on */

	return (lk_option_group){ .title = "Kind of model:",
		.option = rows,
		.count = sizeof rows / sizeof *rows,
		.values = values };
}

/* The order of "ngram:5"; 0 where the text is none such. */
static size_t order_of(const char *model)
{
	char *end;
	unsigned long order;

	if (strncmp(model, NGRAM ":", sizeof NGRAM) || model[sizeof NGRAM] < '0' ||
			model[sizeof NGRAM] > '9')
		return 0;
	order = strtoul(model + sizeof NGRAM, &end, 10);
	return *end || order > LK_NGRAM_ORDER_MOST ? 0 : order;
}

static bool among(const char *name, const char *const *names)
{
	while (*names && strcmp(name, *names))
		names++;
	return *names != NULL;
}

/* Options that say nothing about this kind of model are a mistake. */
static void refuse_others(const lk_train_run *run, const lk_option_group *group,
		const char *const *allowed)
{
	for (size_t i = 0; i < group->count; i++)
		if (group->given >> i & 1 && !among(group->option[i].name, allowed))
			lk_usage_error(&run->line, "--%s is not for --model %s",
					group->option[i].name, run->kind.model);
}

bool lk_train_wants_ngram(lk_train_run *run)
{
	static const char *const none[] = { NULL }, *const model[] = { "model", NULL };
	static const char *const text[] = { "out", "tokenizer", "val", "documents",
		"cache", NULL };
	const lk_kind_options *kind = &run->kind;

	if (lk_kind_is_transformer(kind)) {
		refuse_others(run, &run->kind_group, model);
		return false;
	}
	if (!order_of(kind->model))
		lk_usage_error(&run->line,
				"--model %s: unknown; use " TRANSFORMER ", or " NGRAM
				":N with N from 1 to %d, as in " NGRAM ":5",
				kind->model, LK_NGRAM_ORDER_MOST);
	if (lk_options_given(&run->kind_group, "alpha") &&
			kind->smoothing != LK_NGRAM_ADDITIVE)
		lk_usage_error(&run->line, "--alpha is for --smoothing additive");
	if (kind->smoothing == LK_NGRAM_UNIFORM && order_of(kind->model) != 1)
		lk_usage_error(&run->line,
				"--smoothing uniform knows no context; use --model " NGRAM
				":1");
	refuse_others(run, &run->training_group, text);
	refuse_others(run, &run->model_group, none);
	return true;
}

static lk_status fit(lk_train_run *run, lk_error *error)
{
	lk_ngram_options options = { .smoothing = run->kind.smoothing,
		.order = order_of(run->kind.model),
		.alpha = run->kind.alpha,
		.vocabulary = run->tokenizer->vocabulary,
		.end = run->tokenizer->end,
		.threads = lk_common_threads(&run->common) };

	return lk_ngram_fit_tokens(&run->ngram, &options, run->training, error);
}

/* Lengths whose discounts are not the text's own, as "1, 2, 5"; false: none. */
static bool fallbacks(char *text, size_t size, const lk_ngram *ngram)
{
	size_t order = lk_ngram_get_options(ngram)->order, used = 0;

	for (size_t n = 1; n <= order && used < size; n++) {
		bool fallback;

		lk_ngram_discounts(ngram, n, &fallback);
		if (fallback)
			used += (size_t)snprintf(text + used, size - used, "%s%zu",
					used ? ", " : "", n);
	}
	return used > 0;
}

static lk_status print_header(const lk_train_run *run, lk_error *error)
{
	const lk_ngram_options *o = lk_ngram_get_options(run->ngram);
	char tokens[LK_FORMAT_MOST], ids[LK_FORMAT_MOST], count[LK_FORMAT_MOST];
	char memory[LK_FORMAT_MOST], thin[256];
	size_t ngrams = 0;
	lk_table *table;
	lk_status status = lk_table_new(&table, "ll", error);

	if (status)
		return status;
	for (size_t n = 1; n <= o->order; n++)
		ngrams += lk_ngram_count(run->ngram, n);
	lk_table_cell(table, "text");
	lk_table_cell(table, "%s%s: %s tokens train; tokenizer %s, %s ids", run->path[0],
			run->path_count > 1 ? ", ..." : "",
			lk_format_whole(tokens, sizeof tokens,
					lk_tokens_count(run->training)),
			run->tokenizer->kind->name,
			lk_format_whole(ids, sizeof ids, o->vocabulary));
	lk_table_cell(table, "model");
	lk_table_cell(table, "%s n-grams of up to %zu tokens, %s; %s",
			lk_format_whole(count, sizeof count, ngrams), o->order,
			lk_ngram_smoothing_name(o->smoothing),
			lk_format_bytes(memory, sizeof memory,
					(double)lk_ngram_memory(run->ngram)));
	if (o->smoothing == LK_NGRAM_KNESER_NEY && fallbacks(thin, sizeof thin, run->ngram)) {
		lk_table_cell(table, "discounts");
		lk_table_cell(table, "fixed for n-grams of %s tokens, whose counts are too "
				     "thin to estimate them",
				thin);
	}
	lk_table_cell(table, "run");
	lk_table_cell(table, "%s", run->out);
	status = lk_table_print(table, stderr, "", error);
	lk_table_free(table);
	return status;
}

static lk_status tell(const lk_train_run *run, const lk_event *event, json_t *more,
		lk_error *error)
{
	json_t *object = lk_event_json(event);
	lk_status status = object ? lk_run_log(run->run, object, error)
				  : lk_fail(error, LK_NOMEM, "out of memory");

	if (more && object && !status)
		json_object_update(object, more);
	json_decref(more);
	if (status || !run->common.json) {
		json_decref(object);
		return status;
	}
	return lk_print_json(object, error);
}

static lk_status print_done(const lk_train_run *run, const lk_event *e,
		const lk_score *score, lk_error *error)
{
	char *checkpoint = lk_run_best(run->run);
	char time[LK_FORMAT_MOST], memory[LK_FORMAT_MOST];
	lk_status status = tell(run, e, json_pack("{s:s?, s:I}", "checkpoint", checkpoint,
					"max_rss_bytes", (json_int_t)lk_memory_peak()),
			error);

	if (!run->common.json && !status) {
		printf("done after %s, %s of memory\n",
				lk_format_seconds(time, sizeof time, e->elapsed_s),
				lk_format_bytes(memory, sizeof memory,
						(double)lk_memory_peak()));
		printf("validation: %.4f nats per token, perplexity %.4g, %.4f bits per "
		       "byte%s\n",
				lk_score_nll_per_token(score), lk_score_perplexity(score),
				lk_score_bits_per_byte(score),
				isinf(score->nll) ? " (it holds what the training text does "
						    "not, which has probability 0)"
						  : "");
		printf("saved: %s\n", checkpoint ? checkpoint : run->out);
		printf("let it write: likely sample %s\n", run->out);
		status = lk_flush_output(error);
	}
	free(checkpoint);
	return status;
}

static lk_status report(const lk_train_run *run, double seconds, lk_error *error)
{
	uint64_t tokens = lk_tokens_count(run->training) - 1;
	lk_score score;
	lk_event event = { .kind = LK_EVENT_EVAL,
		.step = 1,
		.tokens = tokens,
		.elapsed_s = seconds,
		.file = run->validation_name,
		.context = lk_ngram_get_options(run->ngram)->order - 1,
		.all_context = true,
		.best = true,
		.best_step = 1 };
	lk_status status = lk_score_ngram(&score, run->ngram, run->validation, error);

	if (status)
		return status;
	event.score = score;
	event.best_nll = lk_score_nll_per_token(&score);
	status = tell(run, &event, NULL, error);
	event.kind = LK_EVENT_DONE;
	return status ? status : print_done(run, &event, &score, error);
}

lk_status lk_train_ngram(lk_train_run *run, lk_error *error)
{
	double begun = lk_clock_seconds(), seconds = 0;
	lk_isa isa;
	lk_status status = lk_isa_choose(&isa, error);

	if (status)
		return status;
	lk_numeric_path(run->numeric_path, sizeof run->numeric_path, isa);
	if (run->options.out) {
		run->out = strdup(run->options.out);
		if (!run->out)
			return lk_fail(error, LK_NOMEM, "out of memory");
		if (lk_run_is_run(run->out))
			return lk_fail(error, LK_EXISTS,
					"%s: already holds a run; another --out begins a new "
					"one",
					run->out);
	}
	status = lk_train_read_tokens(run, error);
	if (!status)
		status = fit(run, error);
	if (!status)
		status = lk_train_create(run, error);
	if (status)
		return status;
	seconds = lk_clock_seconds() - begun;
	if (!run->common.quiet)
		status = print_header(run, error);
	if (!status)
		status = lk_run_save_ngram(run->run, run->ngram, run->tokenizer, error);
	if (!status)
		status = report(run, seconds, error);
	if (status)
		lk_train_remove_empty(run);
	return status;
}
