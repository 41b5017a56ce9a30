/* Windows of any number of documents, scored in the order of their length so that
 * a batch holds little padding, and handed out in the order of the text. */
#include "evaluate/predictor.h"

#include "evaluate/session.h"
#include "evaluate/windows.h"

#include <assert.h>
#include <stdlib.h>

/* So many batches' rows are put in order at a time. */
enum { BATCHES = 8 };

typedef struct {
	size_t first; /* of its document, in the stream */
	lk_window window;
	double *nll; /* of the targets that count */
} item;

typedef struct {
	lk_predictor base;
	lk_model *model;
	size_t rows, context, stride;
	int threads;
	uint32_t *input, *target; /* (rows) */
	double *row_nll;          /* (rows) */
	/* the windows at hand: at least one row each */
	item *item;         /* [BATCHES rows] */
	size_t *order;      /* [BATCHES rows]: longest first */
	double *nll;        /* [BATCHES rows]: counted targets, in the text's order */
	size_t items, held; /* windows; their rows, padding not counted */
	size_t counted;
} transformer;

/* Where a scoring stands. */
typedef struct {
	const lk_tokens *tokens;
	size_t end;     /* one past the last token */
	size_t first;   /* the document at hand, */
	size_t targets; /* 0: it has not been looked at yet */
	size_t window;  /* and its next window */
} place;

static void forward(transformer *t, size_t B, size_t T)
{
	lk_batch batch = { .input = t->input,
		.target = t->target,
		.B = B,
		.T = T,
		.mask_at = LK_IGNORE };

#pragma omp parallel num_threads(t->threads)
	{
		lk_cpu_flush_denormals();
		lk_model_forward(t->model, &batch, t->row_nll);
	}
}

static int by_length(const void *a, const void *b, void *context)
{
	const item *items = context;
	size_t i = *(const size_t *)a, j = *(const size_t *)b;
	size_t m = items[i].window.length, n = items[j].window.length;

	if (m != n)
		return m < n ? 1 : -1;
	return i < j ? -1 : 1;
}

/* The next window of the place, if it still fits; false where it does not, or
 * where there is none. */
static bool take_window(transformer *t, place *p)
{
	if (p->first + 1 >= p->end)
		return false;
	if (!p->targets) {
		size_t last = lk_document_last(p->tokens, p->first);

		p->targets = (last < p->end ? last : p->end - 1) - p->first;
	}
	lk_window w = lk_window_at(p->targets, t->context, t->stride, p->window);
	if (w.length > BATCHES * t->rows - t->held)
		return false;
	t->item[t->items] = (item){ p->first, w, t->nll + t->counted };
	t->order[t->items] = t->items;
	t->items++;
	t->held += w.length;
	t->counted += w.counted;
	if (++p->window == lk_window_count(p->targets, t->context, t->stride)) {
		p->first += p->targets;
		p->targets = p->window = 0;
	}
	return true;
}

/* Run the windows order[i] .. order[i + B - 1], the first of which is longest. */
static void run_batch(transformer *t, const lk_tokens *tokens, size_t i, size_t B)
{
	size_t T = t->item[t->order[i]].window.length;

	for (size_t b = 0; b < B; b++) {
		const item *it = &t->item[t->order[i + b]];

		lk_window_fill(&it->window, tokens, it->first, T, t->input + b * T,
				t->target + b * T);
	}
	forward(t, B, T);
	for (size_t b = 0; b < B; b++) {
		const item *it = &t->item[t->order[i + b]];
		const lk_window *w = &it->window;
		const double *nll = t->row_nll + b * T + w->length - w->counted;

		for (size_t k = 0; k < w->counted; k++)
			it->nll[k] = nll[k];
	}
}

static void run_windows(transformer *t, const lk_tokens *tokens)
{
	qsort_r(t->order, t->items, sizeof *t->order, by_length, t->item);
	for (size_t i = 0, B; i < t->items; i += B) {
		B = t->rows / t->item[t->order[i]].window.length;
		B = B < t->items - i ? B : t->items - i;
		run_batch(t, tokens, i, B);
	}
}

static lk_status score(lk_predictor *predictor, const lk_tokens *tokens, size_t first,
		size_t count, lk_nll_sink *sink, void *context, lk_error *error)
{
	transformer *t = (transformer *)predictor;
	place p = { .tokens = tokens, .first = first, .end = first + count };
	lk_status status = LK_OK;
	size_t done = 0;

	(void)error;
	assert(count >= 2);
	while (p.first + 1 < p.end && !status) {
		t->items = t->held = t->counted = 0;
		while (take_window(t, &p))
			;
		run_windows(t, tokens);
		status = sink(context, first + 1 + done, t->counted, t->nll);
		done += t->counted;
	}
	assert(status || done == count - 1);
	return status;
}

static lk_status begin(lk_predictor *predictor, lk_session **session, uint32_t end,
		size_t streams, lk_error *error)
{
	transformer *t = (transformer *)predictor;

	return lk_session_new_transformer(
			session, t->model, end, streams, t->stride, t->threads, error);
}

static void release(lk_predictor *predictor)
{
	transformer *t = (transformer *)predictor;

	free(t->input);
	free(t->target);
	free(t->row_nll);
	free(t->item);
	free(t->order);
	free(t->nll);
	free(t);
}

lk_status lk_predictor_new_transformer(lk_predictor **predictor, lk_model *model,
		size_t batch, size_t stride, int threads, lk_error *error)
{
	const lk_model_config *config = lk_model_get_config(model);
	size_t rows = batch * config->context;
	transformer *t = calloc(1, sizeof *t);

	assert(batch && stride && stride <= config->context && threads > 0);
	if (t) {
		t->input = malloc(rows * sizeof *t->input);
		t->target = malloc(rows * sizeof *t->target);
		t->row_nll = malloc(rows * sizeof *t->row_nll);
		t->item = malloc(BATCHES * rows * sizeof *t->item);
		t->order = malloc(BATCHES * rows * sizeof *t->order);
		t->nll = malloc(BATCHES * rows * sizeof *t->nll);
	}
	if (!t || !t->input || !t->target || !t->row_nll || !t->item || !t->order ||
			!t->nll) {
		if (t)
			release(&t->base);
		return lk_fail(error, LK_NOMEM,
				"out of memory to evaluate %zu windows of %zu tokens",
				batch, config->context);
	}
	t->base = (lk_predictor){ .kind = "transformer",
		.vocabulary = (uint32_t)config->vocabulary,
		.score = score,
		.begin = begin,
		.free = release };
	t->model = model;
	t->rows = rows;
	t->context = config->context;
	t->stride = stride;
	t->threads = threads;
	*predictor = &t->base;
	return LK_OK;
}
