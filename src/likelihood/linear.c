#include "likelihood/linear.h"

#include <math.h>

void lk_triangle_add(double *T, double *row, size_t m)
{
	for (size_t j = 0; j < m; j++) {
		double *top = T + j * m, length = hypot(top[j], row[j]);

		if (row[j] == 0)
			continue;
		double c = top[j] / length, s = row[j] / length;
		for (size_t k = j; k < m; k++) {
			double a = top[k], b = row[k];

			top[k] = c * a + s * b;
			row[k] = c * b - s * a;
		}
	}
}

bool lk_triangle_solve(double *w, const double *T, size_t m, double least)
{
	size_t n = m - 1;

	for (size_t i = n; i-- > 0;) {
		double sum = T[i * m + n];

		if (!(fabs(T[i * m + i]) > least))
			return false;
		for (size_t k = i + 1; k < n; k++)
			sum -= T[i * m + k] * w[k];
		w[i] = sum / T[i * m + i];
	}
	return true;
}

void lk_triangle_inverse(double *d, double *scratch, const double *T, size_t m)
{
	size_t n = m - 1;

	for (size_t i = 0; i < n; i++)
		d[i] = 0;
	/* column j of the inverse of R, its squares added to the rows they are in */
	for (size_t j = 0; j < n; j++) {
		for (size_t i = j + 1; i-- > 0;) {
			double sum = i == j;

			for (size_t k = i + 1; k <= j; k++)
				sum -= T[i * m + k] * scratch[k];
			scratch[i] = sum / T[i * m + i];
			d[i] += scratch[i] * scratch[i];
		}
	}
}
