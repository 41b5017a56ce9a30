#include "model/config.h"

#include "base/names.h"

LK_NAMES(lk_norm, norm, LK_NORMS)
LK_NAMES(lk_position, position, LK_POSITIONS)
LK_NAMES(lk_mlp, mlp, LK_MLPS)
LK_NAMES(lk_bias, bias, LK_BIASES)

lk_model_config lk_model_config_default(void)
{
	return (lk_model_config){
#define X(field, option, value, ...) .field = value,
		LK_MODEL_SIZES(X) LK_MODEL_REALS(X)
#undef X
#define X(type, field, option, value, ...) .field = value,
				LK_MODEL_CHOICES(X)
#undef X
#define X(field, option, value, ...) .field = value,
						LK_MODEL_FLAGS(X)
#undef X
	};
}

/* Everything that is 0 and follows from the rest. */
static void fill_in(lk_model_config *config)
{
	if (!config->kv_heads)
		config->kv_heads = config->heads;
	if (!config->head_size && config->heads)
		config->head_size = config->width / config->heads;
	if (!config->hidden)
		config->hidden = config->mlp == LK_SWIGLU
				? (config->width * 8 / 3 + 31) / 32 * 32
				: 4 * config->width;
}

/* Functions, so that a least of 0 draws no warning. */
static bool inside(size_t value, size_t least, size_t most)
{
	return value >= least && value <= most;
}

static bool inside_real(double value, double least, double most)
{
	return value >= least && value <= most; /* false for NaN */
}

static lk_status check_ranges(const lk_model_config *config, lk_error *error)
{
#define X(field, option, value, least, most, unit, help)                         \
	if (!inside(config->field, least, most)) {                               \
		const char *name = (option);                                     \
		return lk_fail(error, LK_RANGE,                                  \
				"%s%s %zu is out of range; use %zu to %zu %s",   \
				name ? "--" : "", name ? name : #field,          \
				config->field, (size_t)(least), (size_t)(most),  \
				unit);                                           \
	}
	LK_MODEL_SIZES(X)
#undef X
#define X(field, option, value, least, most, help)                               \
	if (!inside_real(config->field, least, most))                            \
		return lk_fail(error, LK_RANGE,                                  \
				"--" option " %g is out of range; use %g to %g", \
				config->field, (double)(least), (double)(most));
	LK_MODEL_REALS(X)
#undef X
	return LK_OK;
}

lk_status lk_model_config_complete(lk_model_config *config, lk_error *error)
{
	lk_status status = check_ranges(config, error);
	bool follows = !config->head_size;

	if (status)
		return status;
	fill_in(config);
	if (!config->vocabulary)
		return lk_fail(error, LK_RANGE,
				"the model has no vocabulary: it comes with a tokenizer");
	if (follows && config->width % config->heads)
		return lk_fail(error, LK_RANGE,
				"--width %zu is no multiple of --heads %zu; change one, "
				"or give --head-size", config->width, config->heads);
	if (config->heads % config->kv_heads)
		return lk_fail(error, LK_RANGE,
				"--heads %zu is no multiple of --kv-heads %zu",
				config->heads, config->kv_heads);
	if (config->head_size > 1024)
		return lk_fail(error, LK_RANGE,
				"a head of %zu channels is out of range: at most 1024; "
				"use more --heads or a smaller --head-size",
				config->head_size);
	if (config->position == LK_ROPE && config->head_size % 2)
		return lk_fail(error, LK_RANGE,
				"--position rope turns pairs of channels: a head size of "
				"%zu is odd", config->head_size);
	if (config->induction_init && config->position != LK_ROPE)
		return lk_fail(error, LK_RANGE,
				"--induction-init needs --position rope; "
				"or give --induction-init=no");
	return LK_OK;
}
