/* sample/sampler.h
 * From logits to a token, in this order:
 *   repetition penalty  logits of tokens seen before divided (where positive)
 *                       or multiplied (where negative) by the penalty
 *                       [Keskar et al. 2019, arXiv:1909.05858]
 *   temperature         logits / temperature; 0 is greedy: the largest logit,
 *                       the smaller id where two are equal
 *   top-k               the k largest
 *   top-p               the fewest that hold probability p, at least one
 *                       [Holtzman et al. 2020, arXiv:1904.09751]
 *   min-p               those at least min_p times as probable as the best
 *                       [Nguyen et al. 2024, arXiv:2407.01082]
 *   draw                by inverse CDF over the rest
 * The draw belongs to (seed, stream, position): it depends on nothing else. */
#ifndef LK_SAMPLE_SAMPLER_H
#define LK_SAMPLE_SAMPLER_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

typedef struct {
	double temperature;        /* >= 0, default 0.8 */
	size_t top_k;              /* 0: all */
	double top_p;              /* (0, 1], 1: all */
	double min_p;              /* [0, 1), 0: all */
	double repetition_penalty; /* >= 1: none */
	uint64_t seed;
} lk_sampler_config;

lk_sampler_config lk_sampler_config_default(void);

typedef struct lk_sampler lk_sampler;

lk_status lk_sampler_new(lk_sampler **sampler, const lk_sampler_config *config,
		size_t vocabulary, lk_error *error);
void lk_sampler_free(lk_sampler *sampler);

/* Choose the token of stream at position. seen: the ids that the repetition
 * penalty applies to, each once however often it stands there. logits are not
 * changed; one of -infinity is never drawn, the others are finite. */
uint32_t lk_sampler_choose(lk_sampler *sampler, const float *logits,
		const uint32_t *seen, size_t seen_count, uint64_t stream,
		uint64_t position);

#endif
