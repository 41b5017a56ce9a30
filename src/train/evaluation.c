#include "train/evaluation.h"

/* Passes everything on, except after a signal. */
typedef struct {
	lk_predictor base;
	lk_predictor *inner;
	const volatile sig_atomic_t *stop;
	lk_nll_sink *sink; /* whom the windows at hand are for */
	void *context;
} interruptible;

static lk_status pass_on(void *context, size_t first, size_t count, const double *nll)
{
	interruptible *p = context;

	return p->stop && *p->stop ? LK_STOPPED
				   : p->sink(p->context, first, count, nll);
}

static lk_status score(lk_predictor *predictor, const lk_tokens *tokens, size_t first,
		size_t count, lk_nll_sink *sink, void *context, lk_error *error)
{
	interruptible *p = (interruptible *)predictor;

	p->sink = sink;
	p->context = context;
	return p->inner->score(p->inner, tokens, first, count, pass_on, p, error);
}

lk_status lk_evaluation_run(lk_score *result, lk_predictor *predictor,
		const lk_tokens *tokens, const volatile sig_atomic_t *stop,
		lk_error *error)
{
	interruptible p = { .base = { .kind = predictor->kind,
				    .vocabulary = predictor->vocabulary,
				    .score = score },
		.inner = predictor,
		.stop = stop };

	return lk_score_tokens(result, &p.base, tokens, error);
}
