/* likelihood/linear.h
 * Least squares through orthogonal triangularisation by Givens rotations, a row
 * at a time [Golub & Van Loan 2013, "Matrix computations", 5.1.8, 5.2.5].
 *
 * After all rows (x_i, y_i) have been added to a zeroed T (n + 1, n + 1),
 *     T = [ R c ]     and for every w   sum_i (y_i - x_i w)^2 = |c - R w|^2 + r^2,
 *         [ 0 r ]
 * R upper triangular: the triangle says all that the rows say about w, and
 * without squaring them. Row-major, in double. */
#ifndef LK_LIKELIHOOD_LINEAR_H
#define LK_LIKELIHOOD_LINEAR_H

#include <stdbool.h>
#include <stddef.h>

/* Add a row [m] to T (m, m); the row is used up. */
void lk_triangle_add(double *T, double *row, size_t m);

/* w [n] with R w = c, n = m - 1. false where a diagonal element of R is not above
 * `least`: then the columns depend on each other. */
bool lk_triangle_solve(double *w, const double *T, size_t m, double least);

/* Diagonal of the inverse of R'R into d [n]; scratch [n]. R must be regular. */
void lk_triangle_inverse(double *d, double *scratch, const double *T, size_t m);

#endif
