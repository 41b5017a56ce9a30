#include "optim/optimizer.h"

#include "base/names.h"

#include <math.h>

LK_NAMES(lk_optimizer_kind, optimizer, LK_OPTIMIZERS)

lk_status lk_optimizer_config_check(const lk_optimizer_config *c, lk_error *error)
{
	const struct {
		const char *name;
		double value, least, below;
	} rules[] = {
		{ "beta1", c->beta1, 0, 1 },
		{ "beta2", c->beta2, 0, 1 },
		{ "momentum", c->momentum, 0, 1 },
		{ "epsilon", c->epsilon, 0, INFINITY },
		{ "weight decay", c->weight_decay, 0, INFINITY },
		{ "l2", c->l2, 0, INFINITY },
		{ "clip", c->clip, 0, INFINITY },
		{ "AdamW's rate over Muon's", c->adam_rate, 0, INFINITY },
		{ "the embedding's rate", c->embedding_rate, 0, INFINITY },
	};

	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
		if (!(rules[i].value >= rules[i].least &&
				    rules[i].value < rules[i].below))
			return lk_fail(error, LK_RANGE,
					"%s is %g; it must be at least %g and below %g",
					rules[i].name, rules[i].value, rules[i].least,
					rules[i].below);
	return LK_OK;
}
