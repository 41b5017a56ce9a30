#include "train/watch.h"

#include "evaluate/ngrams.h"

#include <inttypes.h>
#include <math.h>

/* The loss is smoothed over so many steps and tokens. */
enum { SPAN_STEPS = 20, SPAN_TOKENS = 1 << 14 };

#define RISE_SHARE 0.5 /* of what lies between the lowest loss and log V */
#define RISE_LEAST 0.5 /* nats */

/* When to ask whether it is stuck. */
enum { STUCK_STEPS = 200, STUCK_TOKENS = 200000, STUCK_TOKENS_EACH = 40,
	STUCK_SHARE = 20 };

#define STUCK_EXCESS 0.5  /* of a rate, over the usual one, that may be at fault */
#define STUCK_GAIN   0.05 /* nats that pairs must tell more than single tokens do */
#define STUCK_PART   0.1  /* of that gain, which a run has made by then */

/* What is counted, and what it is measured on. */
enum { COUNTED_TOKENS = 1 << 20, SCORED_TOKENS = 1 << 15, WINDOW = 1 << 11 };

/* A third, or down to the usual rate where it is further above that. */
#define LOWER 3.0

static double lowered(const lk_training_state *state)
{
	return state->rate_scale > 0 ? state->rate_scale : 1;
}

double lk_watch_rate(const lk_train_config *config, const lk_training_state *state)
{
	lk_schedule schedule = config->schedule;

	schedule.steps -= state->begun < schedule.steps ? state->begun : schedule.steps;
	return lowered(state) * lk_schedule_rate(&schedule, state->step - state->begun);
}

void lk_watch_begin_again(const lk_train_config *config, lk_training_state *state)
{
	double excess = config->rate_excess * lowered(state);

	state->rate_scale = lowered(state) / fmax(LOWER, excess);
	state->begun = state->step;
	state->restarts++;
	state->evals_since_best = 0;
	state->loss_sum = state->loss_weight = state->loss_lowest = 0;
}

/* What single tokens and pairs of them tell, in nats per token. */
static lk_status know_text(double nll[2], const lk_trainer *trainer, int threads,
		lk_error *error)
{
	lk_ngram_options options = { .smoothing = LK_NGRAM_KNESER_NEY,
		.vocabulary = trainer->tokenizer->vocabulary,
		.end = trainer->tokenizer->end,
		.threads = threads };
	lk_tokens *counted = NULL, *scored = NULL;
	lk_score score;
	lk_status status = lk_tokens_new_sample(&counted, trainer->training, WINDOW,
			COUNTED_TOKENS, error);

	if (!status)
		status = lk_tokens_new_sample(&scored, trainer->validation, WINDOW,
				SCORED_TOKENS, error);
	for (size_t n = 0; n < 2 && !status; n++) {
		options.order = n + 1;
		status = lk_score_ngram_fitted(&score, &options, counted, scored, error);
		if (!status)
			nll[n] = lk_score_nll_per_token(&score);
	}
	lk_tokens_free(counted);
	lk_tokens_free(scored);
	return status;
}

/* Is this the one step after which it is asked? */
static bool is_time(const lk_trainer *trainer, const lk_train_config *config,
		const lk_training_state *state, uint64_t tokens)
{
	uint64_t due = (config->schedule.steps - state->begun) / STUCK_SHARE;
	uint64_t least = (uint64_t)STUCK_TOKENS_EACH * trainer->tokenizer->vocabulary;

	least = least > STUCK_TOKENS ? least : STUCK_TOKENS;
	least = (least + tokens - 1) / tokens;
	due = due > STUCK_STEPS ? due : STUCK_STEPS;
	due = due > least ? due : least;
	return state->step - state->begun == due;
}

static lk_status check_stuck(const lk_trainer *trainer, const lk_train_config *config,
		const lk_training_state *state, double loss, lk_error *error)
{
	double nll[2];
	lk_status status = know_text(nll, trainer, config->threads, error);

	if (status || nll[0] - nll[1] < STUCK_GAIN ||
			loss < nll[0] - STUCK_PART * (nll[0] - nll[1]))
		return status;
	return lk_fail(error, LK_DIVERGED,
			"step %" PRIu64 ": stuck: the loss is %.3g nats per token, and "
			"frequencies of tokens alone would give %.3g, of pairs %.3g; a lower "
			"--learning-rate may help", state->step, loss, nll[0], nll[1]);
}

lk_status lk_watch_step(const lk_trainer *trainer, const lk_train_config *config,
		lk_training_state *state, uint64_t tokens, double loss, lk_error *error)
{
	double span = fmax(SPAN_STEPS, (double)SPAN_TOKENS / (double)tokens), smooth;
	double rise, nothing = log((double)trainer->tokenizer->vocabulary);

	state->loss_sum += (loss - state->loss_sum) / span;
	state->loss_weight += (1 - state->loss_weight) / span;
	smooth = state->loss_sum / state->loss_weight;
	if (state->step - state->begun <= 1)
		state->loss_lowest = loss;
	if (!config->recover || (double)(state->step - state->begun) < span)
		return LK_OK;
	state->loss_lowest = fmin(state->loss_lowest, smooth);
	rise = fmax(RISE_LEAST, RISE_SHARE * (nothing - state->loss_lowest));
	if (smooth > state->loss_lowest + rise)
		return lk_fail(error, LK_DIVERGED,
				"step %" PRIu64 ": the loss has risen to %.3g nats per "
				"token from %.3g; a lower --learning-rate or a longer "
				"--warmup may help", state->step, smooth,
				state->loss_lowest);
	if (config->rate_excess * lowered(state) >= STUCK_EXCESS &&
			is_time(trainer, config, state, tokens))
		return check_stuck(trainer, config, state, smooth, error);
	return LK_OK;
}
