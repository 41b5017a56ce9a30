#include "optim/sgd.h"

static void update_plain(lk_real *restrict w, const lk_real *restrict g, size_t n,
		const lk_sgd_step *step, bool decay, double times)
{
	const lk_real scale = (lk_real)step->scale;
	const lk_real rate = (lk_real)(times * step->rate);
	const lk_real l2 = decay ? (lk_real)step->l2 : 0;
	const lk_real shrink = decay ? (lk_real)(1 - times * step->decay) : 1;

	for (size_t i = 0; i < n; i++)
		w[i] = w[i] * shrink - rate * (scale * (g[i] + l2 * w[i]));
}

static void update_momentum(lk_real *restrict w, lk_real *restrict m,
		const lk_real *restrict g, size_t n, const lk_sgd_step *step,
		bool decay, double times)
{
	const lk_real scale = (lk_real)step->scale;
	const lk_real rate = (lk_real)(times * step->rate);
	const lk_real mu = (lk_real)step->momentum;
	const lk_real l2 = decay ? (lk_real)step->l2 : 0;
	const lk_real shrink = decay ? (lk_real)(1 - times * step->decay) : 1;
	/* the step is along ahead m + now g */
	const lk_real ahead = step->nesterov ? mu : 1, now = step->nesterov ? 1 : 0;

	for (size_t i = 0; i < n; i++) {
		lk_real d = scale * (g[i] + l2 * w[i]);
		lk_real moment = mu * m[i] + d;

		m[i] = moment;
		w[i] = w[i] * shrink - rate * (ahead * moment + now * d);
	}
}

void lk_sgd_update(const lk_slot *slots, const lk_block *blocks, size_t count,
		const lk_sgd_step *step)
{
	#pragma omp for
	for (size_t i = 0; i < count; i++) {
		const lk_slot *slot = &slots[blocks[i].slot];
		size_t first = blocks[i].first;
		lk_real *w = (lk_real *)slot->w + first;
		const lk_real *g = (const lk_real *)slot->g + first;

		if (slot->m)
			update_momentum(w, (lk_real *)slot->m + first, g,
					blocks[i].count, step, slot->decay, slot->rate);
		else
			update_plain(w, g, blocks[i].count, step, slot->decay, slot->rate);
	}
}
