#include "optim/adamw.h"

#include <math.h>

static inline lk_real root_of(lk_real x)
{
#ifdef LK_DOUBLE
	return sqrt(x);
#else
	return sqrtf(x);
#endif
}

static void update(lk_real *restrict w, lk_real *restrict m, lk_real *restrict v,
		const lk_real *restrict g, size_t n, const lk_adamw_step *step,
		bool decay, double times)
{
	const lk_real b1 = (lk_real)step->beta1, c1 = (lk_real)(1 - step->beta1);
	const lk_real b2 = (lk_real)step->beta2, c2 = (lk_real)(1 - step->beta2);
	const lk_real scale = (lk_real)step->scale;
	const lk_real rate = (lk_real)(times * step->rate);
	const lk_real root = (lk_real)step->root, eps = (lk_real)step->epsilon;
	const lk_real l2 = decay ? (lk_real)step->l2 : 0;
	const lk_real shrink = decay ? (lk_real)(1 - times * step->decay) : 1;

	for (size_t i = 0; i < n; i++) {
		lk_real d = scale * (g[i] + l2 * w[i]);
		lk_real first = b1 * m[i] + c1 * d;
		lk_real second = b2 * v[i] + c2 * (d * d);

		m[i] = first;
		v[i] = second;
		w[i] = w[i] * shrink - rate * first / (root_of(second) * root + eps);
	}
}

void lk_adamw_update(const lk_slot *slots, const lk_block *blocks, size_t count,
		const lk_adamw_step *step)
{
	#pragma omp for
	for (size_t i = 0; i < count; i++) {
		const lk_slot *slot = &slots[blocks[i].slot];
		size_t first = blocks[i].first;

		update((lk_real *)slot->w + first, (lk_real *)slot->m + first,
				(lk_real *)slot->v + first,
				(const lk_real *)slot->g + first, blocks[i].count,
				step, slot->decay, slot->rate);
	}
}
