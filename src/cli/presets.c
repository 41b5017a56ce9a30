#include "cli/presets.h"

#include <string.h>

/* clang-format off */
#define GPT2 { "norm", "layernorm" }, { "position", "learned" }, { "mlp", "gelu" }

static const lk_setting gpt2_settings[] = {
	GPT2, { "bias", "all" },
	{ NULL, NULL },
};

static const lk_setting llama_settings[] = {
	{ "norm", "rmsnorm" }, { "position", "rope" }, { "mlp", "swiglu" },
	{ "bias", "none" }, { "kv-heads", "2" },
	{ "beta2", "0.95" },
	{ NULL, NULL },
};

/* How to train anything: straight down to nothing in the end. */
#define RECIPE                                                               \
	{ "optimizer", "muon" }, { "beta2", "0.98" },                        \
	{ "schedule", "wsd" }, { "cooldown", "0.7" }, { "min-learning-rate", "0" }

/* What Hugging Face's qwen3 expresses of the choices in docs/recipe.md. */
static const lk_setting qwen3_settings[] = {
	{ "norm", "rmsnorm" }, { "position", "rope" }, { "mlp", "swiglu" },
	{ "bias", "none" }, { "qk-norm", "yes" }, { "untied", "yes" },
	{ "zero-init", "yes" }, { "embedding-std", "1" },
	{ "induction-init", "yes" },
	RECIPE,
	{ NULL, NULL },
};

static const lk_setting training_settings[] = {
	RECIPE,
	{ NULL, NULL },
};

/* What both character models of nanoGPT are trained with. */
#define NANOGPT_TRAINING                                                     \
	{ "vocabulary", "66" }, /* where no tokenizer says */                \
	{ "learning-rate", "1e-3" }, { "min-learning-rate", "1e-4" },        \
	{ "schedule", "cosine" }, { "warmup", "100" },                       \
	{ "optimizer", "adamw" }, { "beta1", "0.9" }, { "beta2", "0.99" },   \
	{ "weight-decay", "0.1" }, { "clip", "1" }, { "eval-every", "250" }, \
	{ "patience", "0" }

/* nanoGPT's train_shakespeare_char.py, with the changes that its README gives
 * for a processor. */
static const lk_setting nanogpt_cpu_settings[] = {
	GPT2, { "bias", "none" }, { "dropout", "0" },
	{ "layers", "4" }, { "heads", "4" }, { "width", "128" }, { "context", "64" },
	{ "batch", "12" }, { "accumulate", "1" }, { "steps", "2000" },
	NANOGPT_TRAINING,
	{ NULL, NULL },
};

/* The same as it stands. */
static const lk_setting nanogpt_gpu_settings[] = {
	GPT2, { "bias", "none" }, { "dropout", "0.2" },
	{ "layers", "6" }, { "heads", "6" }, { "width", "384" }, { "context", "256" },
	{ "batch", "64" }, { "accumulate", "1" }, { "steps", "5000" },
	NANOGPT_TRAINING,
	{ NULL, NULL },
};

/* 12 x 40 sequences of 1,024 tokens: half a million tokens a step. */
static const lk_setting gpt2_124m_settings[] = {
	GPT2, { "bias", "all" }, { "dropout", "0" },
	{ "layers", "12" }, { "heads", "12" }, { "width", "768" }, { "context", "1024" },
	{ "vocabulary", "50257" }, /* where no tokenizer says */
	{ "batch", "12" }, { "accumulate", "40" }, { "steps", "600000" },
	{ "learning-rate", "6e-4" }, { "min-learning-rate", "6e-5" },
	{ "schedule", "cosine" }, { "warmup", "2000" },
	{ "optimizer", "adamw" }, { "beta1", "0.9" }, { "beta2", "0.95" },
	{ "weight-decay", "0.1" }, { "clip", "1" }, { "eval-every", "1000" },
	{ "patience", "0" },
	{ NULL, NULL },
};

static const lk_preset presets[] = {
#define X(id, name, help) { name, help, id##_settings },
	LK_PRESETS(X)
#undef X
};
/* clang-format on */

const lk_preset *lk_preset_at(size_t i)
{
	return i < sizeof presets / sizeof *presets ? &presets[i] : NULL;
}

const lk_preset *lk_preset_find(const char *name)
{
	const lk_preset *preset;

	for (size_t i = 0; (preset = lk_preset_at(i)); i++)
		if (!strcmp(preset->name, name))
			return preset;
	return NULL;
}

/* The group that has an option of this name, or NULL. */
static const lk_option_group *owner(lk_option_group *const *groups, const char *name)
{
	for (size_t g = 0; groups[g]; g++)
		for (size_t i = 0; i < groups[g]->count; i++)
			if (!strcmp(groups[g]->option[i].name, name))
				return groups[g];
	return NULL;
}

static bool user_gave(lk_option_group *const *groups, const char *name)
{
	const lk_option_group *group = owner(groups, name);

	return group && lk_options_given(group, name);
}

/* Fill in settings that some group has an option for. */
static lk_status fill(const lk_setting *setting, lk_option_group *const *groups,
		lk_error *error)
{
	bool own_length = user_gave(groups, "epochs") || user_gave(groups, "minutes");
	lk_status status = LK_OK;

	for (const lk_setting *set = setting; set->option && !status; set++)
		if (owner(groups, set->option) &&
				!(own_length && !strcmp(set->option, "steps")))
			status = lk_options_fill(groups, set->option, set->value, error);
	return status;
}

lk_status lk_preset_apply(
		const char *name, lk_option_group *const *groups, lk_error *error)
{
	const lk_preset *preset = lk_preset_find(name);
	lk_status status;

	if (!preset)
		return lk_fail(error, LK_RANGE, "there is no preset '%s'; use %s", name,
				LK_PRESET_NAMES);
	status = fill(preset->setting, groups, error);
	return status ? lk_fail_in(error, status, "preset %s", name) : LK_OK;
}

bool lk_preset_default_fits(lk_option_group *const *groups)
{
	static const char *const families[] = { "norm", "position", "mlp", "bias" };

	for (size_t i = 0; i < sizeof families / sizeof *families; i++)
		if (user_gave(groups, families[i]))
			return false;
	return true;
}

lk_status lk_preset_apply_training(lk_option_group *const *groups, lk_error *error)
{
	return fill(training_settings, groups, error);
}
