#include "optim/muon.h"

#include "base/size.h"
#include "kernels/gemm.h"
#include "kernels/symmetric.h"

#include <math.h>

enum { STEPS = 5, CHUNK = 4096 };
static const double a = 3.4445, b = -4.7750, c = 2.0315;

/* m <- mu m + d, x = d + mu m for one row; the sum of squares of x. */
static double row_momentum(lk_real *restrict x, lk_real *restrict m,
		const lk_real *restrict g, const lk_real *restrict w, size_t n,
		const lk_muon_step *step)
{
	const lk_real mu = (lk_real)step->momentum, scale = (lk_real)step->scale;
	const lk_real l2 = (lk_real)step->l2;
	double sum = 0;

	#pragma omp simd reduction(+ : sum)
	for (size_t i = 0; i < n; i++) {
		lk_real d = scale * (g[i] + l2 * w[i]);
		lk_real moment = mu * m[i] + d;

		m[i] = moment;
		x[i] = d + mu * moment;
		sum += (double)x[i] * (double)x[i];
	}
	return sum;
}

/* x = U / |U|, and the momentum that U is made of. */
static void normalised_momentum(lk_real *x, double *sums, const lk_slot *slot,
		const lk_muon_matrix *matrix, const lk_muon_step *step)
{
	size_t rows = matrix->rows, n = matrix->columns;
	double total = 0;
	lk_real scale;

	#pragma omp for
	for (size_t r = 0; r < rows; r++) {
		size_t at = matrix->first + r * n;

		sums[r] = row_momentum(x + r * n, (lk_real *)slot->m + at,
				(const lk_real *)slot->g + at,
				(const lk_real *)slot->w + at, n, step);
	}
	for (size_t r = 0; r < rows; r++)
		total += sums[r];
	scale = total > 0 ? (lk_real)(1 / sqrt(total)) : 0;
	#pragma omp for
	for (size_t r = 0; r < rows; r++)
		for (size_t i = 0; i < n; i++)
			x[r * n + i] *= scale;
}

/* p = a I + b x + c p, all (m, m). */
static void polynomial(lk_real *restrict p, const lk_real *restrict x, size_t m)
{
	#pragma omp for
	for (size_t r = 0; r < m; r++) {
		for (size_t i = 0; i < m; i++)
			p[r * m + i] = (lk_real)b * x[r * m + i] +
					(lk_real)c * p[r * m + i];
		p[r * m + r] += (lk_real)a;
	}
}

/* A product of symmetric matrices that commute. */
static void commuting(lk_real *to, const lk_real *x, const lk_real *y, size_t m)
{
	lk_symmetric_product(to, x, y, m, m, false, false);
}

/* The product of all P, in one of the squares. */
static lk_real *all_steps(const lk_muon_room *room, const lk_real *x, size_t m,
		size_t n, bool tall)
{
	lk_real *A = room->square[0], *P = room->square[1];
	lk_real *Q = room->square[2], *T = room->square[3], *swap;

	lk_symmetric_product(A, x, x, m, n, tall, !tall);
	commuting(Q, A, A, m);
	polynomial(Q, A, m);
	for (int i = 1; i < STEPS; i++) {
		lk_real *before = i == 1 ? Q : P; /* the last step's polynomial */

		commuting(T, before, A, m);
		commuting(A, before, T, m);
		commuting(P, A, A, m);
		polynomial(P, A, m);
		commuting(T, Q, P, m);
		swap = Q;
		Q = T;
		T = swap;
	}
	return Q;
}

static void update(lk_real *restrict w, const lk_real *restrict y, size_t count,
		double shrink, double rate)
{
	#pragma omp for
	for (size_t first = 0; first < count; first += CHUNK) {
		size_t end = lk_least(first + CHUNK, count);

		for (size_t i = first; i < end; i++)
			w[i] = w[i] * (lk_real)shrink - (lk_real)rate * y[i];
	}
}

void lk_muon_update(const lk_slot *slots, const lk_muon_matrix *matrix,
		const lk_muon_room *room, const lk_muon_step *step)
{
	const lk_slot *slot = &slots[matrix->slot];
	size_t rows = matrix->rows, columns = matrix->columns;
	bool tall = rows > columns;
	size_t m = lk_least(rows, columns), n = lk_most(rows, columns);
	double shape = tall ? sqrt((double)rows / (double)columns) : 1;
	lk_real *x = room->x, *y = room->y, *Q;

	normalised_momentum(x, room->sums, slot, matrix, step);
	Q = all_steps(room, x, m, n, tall);
	if (tall)
		lk_linear_backward_input(y, x, Q, rows, m, m, m);
	else
		lk_linear_backward_input(y, Q, x, m, m, n, m);
	update((lk_real *)slot->w + matrix->first, y, rows * columns, step->shrink,
			step->rate * shape);
}
