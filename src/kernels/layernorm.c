#include "kernels/layernorm.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static void apply_row(lk_real *restrict y, const lk_real *restrict x,
		const lk_real *restrict gain, const lk_real *restrict bias, lk_real m,
		lk_real s, size_t C)
{
	if (bias)
		for (size_t c = 0; c < C; c++)
			y[c] = gain[c] * ((x[c] - m) * s) + bias[c];
	else
		for (size_t c = 0; c < C; c++)
			y[c] = gain[c] * ((x[c] - m) * s);
}

void lk_layernorm_forward(lk_real *restrict y, lk_real *restrict mean,
		lk_real *restrict rstd, const lk_real *restrict x,
		const lk_real *restrict gain, const lk_real *restrict bias, size_t R,
		size_t C, lk_real eps)
{
	assert(R && C && eps > 0);
	#pragma omp for
	for (size_t r = 0; r < R; r++) {
		const lk_real *xr = x + r * C;
		lk_real *yr = y + r * C;
		lk_real sum = 0, squares = 0, m, s;

		#pragma omp simd reduction(+ : sum)
		for (size_t c = 0; c < C; c++)
			sum += xr[c];
		m = sum / (lk_real)C;
		/* about the mean: E[x^2] - m^2 would cancel */
		#pragma omp simd reduction(+ : squares)
		for (size_t c = 0; c < C; c++)
			squares += (xr[c] - m) * (xr[c] - m);
		s = (lk_real)(1 / sqrt((double)(squares / (lk_real)C + eps)));
		apply_row(yr, xr, gain, bias, m, s, C);
		mean[r] = m;
		rstd[r] = s;
	}
}

void lk_layernorm_again(lk_real *restrict y, const lk_real *restrict x,
		const lk_real *restrict gain, const lk_real *restrict bias,
		const lk_real *restrict mean, const lk_real *restrict rstd, size_t R,
		size_t C)
{
	#pragma omp for
	for (size_t r = 0; r < R; r++)
		apply_row(y + r * C, x + r * C, gain, bias, mean[r], rstd[r], C);
}

/* One row, with n = (x - m) s, e = gain dy:
 * dx = or += s (e - mean(e) - n mean(e n)); dgain += dy n; dbias += dy. */
static inline void row_backward(lk_real *restrict dx, lk_real *restrict dgain,
		lk_real *restrict dbias, const lk_real *restrict dy,
		const lk_real *restrict x, const lk_real *restrict gain, lk_real m,
		lk_real s, size_t C, bool add)
{
	lk_real sum = 0, product = 0;

	#pragma omp simd reduction(+ : sum, product)
	for (size_t c = 0; c < C; c++) {
		lk_real e = gain[c] * dy[c];

		sum += e;
		product += e * (x[c] - m);
	}
	sum /= (lk_real)C;
	product *= s / (lk_real)C;
	if (add)
		for (size_t c = 0; c < C; c++) {
			lk_real n = (x[c] - m) * s;

			dgain[c] += dy[c] * n;
			dbias[c] += dy[c];
			dx[c] += s * (gain[c] * dy[c] - sum - n * product);
		}
	else
		for (size_t c = 0; c < C; c++) {
			lk_real n = (x[c] - m) * s;

			dgain[c] += dy[c] * n;
			dbias[c] += dy[c];
			dx[c] = s * (gain[c] * dy[c] - sum - n * product);
		}
}

void lk_layernorm_backward(lk_real *restrict dx, lk_real *restrict dgain,
		lk_real *restrict dbias, const lk_real *restrict dy,
		const lk_real *restrict x, const lk_real *restrict gain,
		const lk_real *restrict mean, const lk_real *restrict rstd, size_t R,
		size_t C, bool add, bool accumulate, lk_real *restrict partial)
{
	size_t blocks = lk_partials_count(R);

	assert(R && C);
	#pragma omp for
	for (size_t block = 0; block < blocks; block++) {
		lk_real *gains = partial + block * 2 * C, *biases = gains + C;
		size_t end = lk_partials_first(block + 1, blocks, R);

		memset(gains, 0, 2 * C * sizeof *gains);
		for (size_t r = lk_partials_first(block, blocks, R); r < end; r++)
			row_backward(dx + r * C, gains, biases, dy + r * C,
					x + r * C, gain, mean[r], rstd[r], C, add);
	}
	lk_partials_combine(dgain, partial, blocks, C, 2 * C, accumulate);
	if (dbias)
		lk_partials_combine(dbias, partial + C, blocks, C, 2 * C, accumulate);
}
