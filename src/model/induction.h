/* model/induction.h
 * Induction heads from the start [Olsson et al. 2022, arXiv:2209.11895]: heads that look
 * up where the present token stood before, and expect what followed it there. Training
 * finds them by chance and late, and for the tokens that it meets often; those set here
 * know any token.
 *
 *   layer 1   head h looks h + 1 tokens back, by rotary position; the first of them
 *             writes down the name of the token that it sees. A token's name is some
 *             channels of its embedding.
 *   layer 2   heads of two key heads look for the present token's name so written
 *             down, which stands where that token was followed; they write down the
 *             name of what they find there.
 *   head      reads that name and raises the logit of its token.
 *
 * Gains of the query norms (qk_norm with norm_gains) make both layers' attention so
 * sharp that one position stands out among hundreds. What is missing leaves out its part:
 * without a second layer only the first looks back, and with a tied head nothing is
 * raised. All of it is a beginning, and is trained as everything else. docs/recipe.md
 * has what each part brings. */
#ifndef LK_MODEL_INDUCTION_H
#define LK_MODEL_INDUCTION_H

#include "base/tensor.h"
#include "model/config.h"

#include <stddef.h>

/* Set the weights that these heads are made of, in tensors (count of them, float or
 * double) that hold their other initial values; position must be LK_ROPE. What the first
 * layer's attention writes should not begin at zero. */
void lk_induction_begin(const lk_tensor *tensors, size_t count,
		const lk_model_config *config);

#endif
