/* run.json: what a run is, so that anyone can tell, and --resume can go on. */
#include "cli/train_run.h"

#include "train/numeric_path.h"

static json_t *tokenizer_json(const lk_train_run *run)
{
	char hash[33];

	lk_tokenizer_hash(run->tokenizer, hash);
	return json_pack("{s:s, s:I, s:s}", "kind", run->tokenizer->kind->name,
			"vocabulary", (json_int_t)run->tokenizer->vocabulary, "hash",
			hash);
}

json_t *lk_train_describe(const lk_train_run *run)
{
	json_t *model = lk_options_json(&run->model_group);
	json_t *training = lk_options_json(&run->training_group);
	json_t *all = json_pack("{s:i, s:s, s:s, s:I, s:o, s:o, s:o, s:O}", "format",
			LK_RUN_FORMAT, "version", lk_version(), "numeric_path",
			run->numeric_path, "seed", (json_int_t)run->common.seed,
			"tokenizer", tokenizer_json(run), "model", model, "training",
			training, "corpus", run->corpus);

	if (all && (json_object_set_new(model, "vocabulary",
				    json_integer((json_int_t)run->config.vocabulary)) ||
				json_object_set_new(model, "parameters",
						json_integer((json_int_t)
							lk_model_config_parameters(
								&run->config))) ||
				json_object_del(training, "resume"))) {
		json_decref(all);
		all = NULL;
	}
	return all;
}
