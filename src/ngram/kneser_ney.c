#include "ngram/kneser_ney.h"

bool lk_kneser_ney_discounts(double discount[4], const uint64_t nk[5])
{
	double n[5] = { 0 }, y;
	bool good = nk[1] && nk[2] && nk[3];

	for (size_t k = 1; k < 5; k++)
		n[k] = (double)nk[k];
	discount[0] = 0;
	if (good) {
		y = n[1] / (n[1] + 2 * n[2]);
		for (size_t k = 1; k < 4; k++) {
			double kth = (double)k;

			discount[k] = kth - (kth + 1) * y * n[k + 1] / n[k];
			good = good && discount[k] >= 0 && discount[k] <= kth;
		}
	}
	if (!good) {
		discount[1] = LK_KNESER_NEY_D1;
		discount[2] = LK_KNESER_NEY_D2;
		discount[3] = LK_KNESER_NEY_D3;
	}
	return good;
}

static void estimate_discounts(lk_ngram *ngram, const lk_ngram_counts *counts, size_t n)
{
	uint64_t nk[5] = { 0 };

	for (size_t i = 0; i < ngram->level[n].count; i++)
		if (counts->level[n][i].whole < 5)
			nk[counts->level[n][i].whole]++;
	ngram->fallback[n] = !lk_kneser_ney_discounts(ngram->discount[n], nk);
}

/* What one context's continuations, count[0 .. n - 1], have in common. */
typedef struct {
	double total, backoff;
} context;

static context sum_context(const lk_ngram_cell *count, size_t n, const double *discount)
{
	uint64_t total = 0, kinds[4] = { 0 };
	double kept = 0;

	for (size_t i = 0; i < n; i++) {
		total += count[i].whole;
		kinds[count[i].whole < 3 ? count[i].whole : 3]++;
	}
	for (size_t k = 1; k < 4; k++)
		kept += discount[k] * (double)kinds[k];
	return (context){ (double)total, kept / (double)total };
}

static double discounted(lk_ngram_cell count, const double *discount)
{
	return (double)count.whole - discount[count.whole < 3 ? count.whole : 3];
}

static void fit_tokens(lk_ngram *ngram, const lk_ngram_cell *count)
{
	const double *discount = ngram->discount[1];
	lk_ngram_level *level = &ngram->level[1];
	context c = sum_context(count, level->count, discount);
	double uniform = c.backoff / (double)level->count;

	for (size_t i = 0; i < level->count; i++)
		level->p[i].real = (float)(discounted(count[i], discount) / c.total +
				uniform);
}

/* The continuations, at level n, of one context; its count has been used. */
static void fit_context(lk_ngram *ngram, const lk_ngram_cell *count, size_t n, size_t h)
{
	const double *discount = ngram->discount[n];
	const lk_ngram_cell *shorter = ngram->level[n - 1].p;
	lk_ngram_cell *p = ngram->level[n].p, *backoff = ngram->level[n - 1].backoff;
	size_t from = ngram->level[n - 1].first[h];
	size_t to = ngram->level[n - 1].first[h + 1];
	context c;

	if (from == to) {
		backoff[h].real = 1;
		return;
	}
	c = sum_context(count + from, to - from, discount);
	backoff[h].real = (float)c.backoff;
	for (size_t i = from; i < to; i++)
		p[i].real = (float)(discounted(count[i], discount) / c.total +
				c.backoff * (double)shorter[p[i].whole].real);
}

lk_status lk_kneser_ney_fit(lk_ngram *ngram, lk_ngram_counts *counts, int threads,
		lk_error *error)
{
	size_t order = ngram->options.order;
	lk_status status = lk_ngram_find_suffixes(ngram, threads, error);

	if (status)
		return status;
	lk_ngram_count_left(counts, ngram, threads);
#pragma omp parallel for num_threads(threads) schedule(dynamic, 1)
	for (size_t n = order; n >= 1; n--)
		estimate_discounts(ngram, counts, n);
	fit_tokens(ngram, counts->level[1]);
	for (size_t n = 2; n <= order; n++) {
		size_t contexts = ngram->level[n - 1].count;

#pragma omp parallel for num_threads(threads) schedule(dynamic, 1024)
		for (size_t h = 0; h < contexts; h++)
			fit_context(ngram, counts->level[n], n, h);
	}
	return LK_OK;
}
