/* cli/presets.h
 * Named configurations. A preset is a list of options as they could be typed:
 * applying it fills in those that the user did not give. */
#ifndef LK_CLI_PRESETS_H
#define LK_CLI_PRESETS_H

#include "cli/options.h"

/* clang-format off */
/* name, what it is */
#define LK_PRESETS(X)                                                                    \
	X(gpt2,        "gpt2",        "GPT-2's architecture at the default size")       \
	X(llama,       "llama",       "Llama's architecture at the default size")       \
	X(qwen3,       "qwen3",       "Qwen3's architecture and Muon: what learns fastest") \
	X(nanogpt_cpu, "nanogpt-cpu", "nanoGPT's small character model: a few minutes") \
	X(nanogpt_gpu, "nanogpt-gpu", "nanoGPT's large character model: hours")         \
	X(gpt2_124m,   "gpt2-124m",   "GPT-2 of 124 million parameters: weeks")
/* clang-format on */

/* For --help. */
#define LK_PRESET_NAMES "gpt2, llama, qwen3, nanogpt-cpu, nanogpt-gpu, gpt2-124m"

typedef struct {
	const char *option, *value;
} lk_setting;

typedef struct {
	const char *name, *help;
	const lk_setting *setting; /* ends with an option of NULL */
} lk_preset;

/* NULL where there is none of that name. */
const lk_preset *lk_preset_find(const char *name);

/* Number i, or NULL after the last. */
const lk_preset *lk_preset_at(size_t i);

/* Fill in what the user did not give of these groups (NULL-terminated). Options
 * that none of the groups has are skipped, so that a command without training
 * can take a preset's model. The preset's --steps give way to the user's
 * --epochs or --minutes. A name that is no preset fails, listing them. */
lk_status lk_preset_apply(const char *name, lk_option_group *const *groups,
		lk_error *error);

/* What is filled in where no preset is named: LK_PRESET_DEFAULT; but where the user
 * chose --norm, --position, --mlp or --bias, and so another family, only how that
 * trains. */
#define LK_PRESET_DEFAULT "qwen3"
bool lk_preset_default_fits(lk_option_group *const *groups);
lk_status lk_preset_apply_training(lk_option_group *const *groups, lk_error *error);

#endif
