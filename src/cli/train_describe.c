/* run.json: what a run is, so that anyone can tell, and --resume can go on. */
#include "cli/train_run.h"

#include "formats/json.h"
#include "train/numeric_path.h"

json_t *lk_describe_tokenizer(const lk_tokenizer *tokenizer)
{
	char hash[33];

	lk_tokenizer_hash(tokenizer, hash);
	return json_pack("{s:s, s:I, s:s}", "kind", tokenizer->kind->name, "vocabulary",
			(json_int_t)tokenizer->vocabulary, "hash", hash);
}

json_t *lk_describe_ngram(const lk_ngram *ngram)
{
	const lk_ngram_options *o = lk_ngram_get_options(ngram);
	bool additive = o->smoothing == LK_NGRAM_ADDITIVE;

	return json_pack("{s:s, s:I, s:o, s:I}", "smoothing",
			lk_ngram_smoothing_name(o->smoothing), "order",
			(json_int_t)o->order, "alpha",
			additive ? lk_json_new_real(o->alpha) : json_null(), "vocabulary",
			(json_int_t)o->vocabulary);
}

/* The run of an n-gram model. */
static json_t *describe_ngram(const lk_train_run *run)
{
	return json_pack("{s:i, s:s, s:s, s:o, s:o, s:O}", "format", LK_RUN_FORMAT,
			"version", lk_version(), "numeric_path", run->numeric_path,
			"tokenizer", lk_describe_tokenizer(run->tokenizer), "ngram",
			lk_describe_ngram(run->ngram), "corpus", run->corpus);
}

json_t *lk_describe_bar(const lk_bar *bar)
{
	if (!bar->order)
		return json_null();
	return json_pack("{s:I, s:s, s:o, s:o, s:o}", "order", (json_int_t)bar->order,
			"of", bar->of_bytes ? "bytes" : "tokens", "nll_per_token",
			lk_json_new_real(bar->nll), "bits_per_byte",
			lk_json_new_real(bar->bits_per_byte), "seconds",
			lk_json_new_real(bar->seconds));
}

/* The model's options, and what follows from them. */
static json_t *describe_model(const lk_train_run *run)
{
	json_t *model = lk_options_json(&run->model_group);
	json_t *all = json_pack("{s:I, s:I}", "vocabulary",
			(json_int_t)run->config.vocabulary, "parameters",
			(json_int_t)lk_model_config_parameters(&run->config));

	if (!model || json_object_update_missing_new(model, all)) {
		json_decref(model);
		return NULL;
	}
	return model;
}

json_t *lk_train_describe(const lk_train_run *run)
{
	if (run->ngram)
		return describe_ngram(run);
	json_t *training = lk_options_json(&run->training_group);

	json_object_del(training, "resume");
	json_object_del(training, "dry-run");
	return json_pack("{s:i, s:s, s:s, s:I, s:I, s:O*, s:I, s:o, s:o, s:o, s:o, s:O}",
			"format", LK_RUN_FORMAT, "version", lk_version(), "numeric_path",
			run->numeric_path, "seed", (json_int_t)run->common.seed,
			"initial_seed", (json_int_t)lk_train_initial_seed(run),
			"beginnings", run->beginnings, "validation_most",
			(json_int_t)run->validation_most, "bar",
			lk_describe_bar(&run->bar), "tokenizer",
			lk_describe_tokenizer(run->tokenizer), "model",
			describe_model(run), "training", training, "corpus", run->corpus);
}
