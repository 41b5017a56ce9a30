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

/* How the validation text is scored; as likely eval has it. */
static json_t *policy_json(const lk_event *e)
{
	return json_pack("{s:I, s:o, s:s, s:s}", "context", (json_int_t)e->context,
			"stride", e->all_context ? json_null()
						 : json_integer((json_int_t)e->context),
			"first_token", "scored",
			"end_of_document", "nll_with_ends only");
}

static json_t *eval_json(const lk_event *e)
{
	const lk_score *s = &e->score;

	return json_pack("{s:s, s:I, s:s, s:s?, s:o, s:o, s:o, s:o, s:o, s:I, s:I, s:I, "
			 "s:b, s:o, s:o}", "event", "eval", "step",
			(json_int_t)e->step, "split", "validation", "file", e->file,
			"nll", lk_json_new_real(s->nll), "nll_per_token",
			lk_json_new_real(lk_score_nll_per_token(s)), "perplexity",
			lk_json_new_real(lk_score_perplexity(s)), "bits_per_byte",
			lk_json_new_real(lk_score_bits_per_byte(s)), "nll_with_ends",
			lk_json_new_real(s->nll_with_ends), "tokens",
			(json_int_t)s->tokens, "ends", (json_int_t)s->ends, "bytes",
			(json_int_t)s->nbytes, "best", e->best, "policy",
			policy_json(e), "elapsed_s", lk_json_new_real(e->elapsed_s));
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
	case LK_EVENT_RESTART:
		return json_pack("{s:s, s:I, s:s, s:o, s:o}", "event", "restart", "step",
				(json_int_t)e->step, "reason", e->reason, "lr",
				lk_json_new_real(e->learning_rate), "elapsed_s",
				lk_json_new_real(e->elapsed_s));
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
