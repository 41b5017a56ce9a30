#include "train/event.h"

#include "formats/json.h"

static json_t *step_json(const lk_event *e)
{
	return json_pack("{s:s, s:I, s:I, s:o, s:o, s:o, s:o, s:o}", "event", "step",
			"step", (json_int_t)e->step, "tokens", (json_int_t)e->tokens,
			"loss", lk_json_new_real(e->loss), "lr",
			lk_json_new_real(e->learning_rate), "grad_norm",
			lk_json_new_real(e->gradient_norm), "tokens_per_s",
			lk_json_new_real(e->tokens_per_s), "elapsed_s",
			lk_json_new_real(e->elapsed_s));
}

static json_t *eval_json(const lk_event *e)
{
	const lk_score *s = &e->score;
	json_t *object = json_pack("{s:s, s:I, s:s, s:s?, s:I, s:I, s:I, s:I}", "event",
			"eval", "step", (json_int_t)e->step, "split", "validation",
			"file", e->file, "tokens", (json_int_t)s->tokens, "bytes",
			(json_int_t)s->nbytes, "context", (json_int_t)e->context,
			"stride", (json_int_t)e->context);
	json_t *results = json_pack("{s:o, s:o, s:o, s:o, s:o, s:b, s:o}", "nll",
			lk_json_new_real(s->nll), "nll_with_ends",
			lk_json_new_real(s->nll_with_ends), "nll_per_token",
			lk_json_new_real(lk_score_nll_per_token(s)), "perplexity",
			lk_json_new_real(lk_score_perplexity(s)), "bits_per_byte",
			lk_json_new_real(lk_score_bits_per_byte(s)), "best", e->best,
			"elapsed_s", lk_json_new_real(e->elapsed_s));

	if (!results || json_object_update(object, results)) {
		json_decref(object);
		object = NULL;
	}
	json_decref(results);
	return object;
}

json_t *lk_event_json(const lk_event *e)
{
	switch (e->kind) {
	case LK_EVENT_STEP:
		return step_json(e);
	case LK_EVENT_EVAL:
		return eval_json(e);
	case LK_EVENT_SAVE:
		return json_pack("{s:s, s:I, s:s?, s:o}", "event", "save", "step",
				(json_int_t)e->step, "checkpoint", e->checkpoint,
				"elapsed_s", lk_json_new_real(e->elapsed_s));
	case LK_EVENT_DONE:
		return json_pack("{s:s, s:I, s:I, s:I, s:o, s:b, s:o}", "event", "done",
				"step", (json_int_t)e->step, "tokens",
				(json_int_t)e->tokens, "best_step",
				(json_int_t)e->best_step, "best_nll_per_token",
				lk_json_new_real(e->best_nll), "stopped_early",
				e->stopped_early, "elapsed_s",
				lk_json_new_real(e->elapsed_s));
	}
	return NULL;
}
