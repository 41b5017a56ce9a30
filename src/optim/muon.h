/* optim/muon.h
 * One update of one matrix W (rows, columns) by Muon: momentum whose singular
 * values are all brought near one [Jordan et al. 2024, "Muon: an optimizer for
 * hidden layers in neural networks"].
 *
 *     M <- mu M + G,  U = G + mu M,  X = U / |U|  (Frobenius norm)
 *     five times X <- a X + b A X + c A^2 X,  A = X X^T,
 *     (a, b, c) = (3.4445, -4.7750, 2.0315)
 *     W <- W (1 - rate decay) - rate sqrt(max(1, rows / columns)) X
 *
 * X^T takes the place of X where there are more rows than columns. Every
 * polynomial of A commutes with A, so the steps are done on the small square
 * matrix alone,
 *     P = a I + b A + c A^2,  Q <- Q P,  A <- P A P,
 * and X is multiplied once, by Q, at the end. These products are symmetric:
 * half of each is computed. */
#ifndef LK_OPTIM_MUON_H
#define LK_OPTIM_MUON_H

#include "base/arena.h"
#include "base/cpu.h"
#include "base/real.h"
#include "optim/blocks.h"

/* Where a matrix is. */
typedef struct {
	size_t slot, first; /* tensor, and its element at which the matrix begins */
	size_t rows, columns;
} lk_muon_matrix;

/* What one step has in common for all matrices. */
typedef struct {
	double momentum;
	double scale;  /* of the gradient, by clipping */
	double l2;
	double shrink; /* 1 - rate weight_decay */
	double rate;
} lk_muon_step;

/* Room for one matrix at a time. */
enum { LK_MUON_SQUARES = 4 };
typedef struct {
	void *x, *y;                     /* (rows, columns) of lk_real */
	void *square[LK_MUON_SQUARES];   /* (m, m) of lk_real, m the lesser side */
	double *sums;                    /* (rows) */
} lk_muon_room;

/* Take it from the arena (base/arena.h: measured first), for matrices of at most
 * so many elements, so many elements in a square, so many rows; nbytes is
 * lk_real's. */
void lk_muon_take(lk_muon_room *room, lk_arena *arena, size_t elements,
		size_t square, size_t rows, size_t nbytes);

/* Team, ends with a barrier; the same bits for any team. One function per
 * build. */
typedef void lk_muon_function(const lk_slot *slots, const lk_muon_matrix *matrix,
		const lk_muon_room *room, const lk_muon_step *step);

#define lk_muon_update LK_VARIANT(muon_update)

#define X(name, suffix, text) lk_muon_function LK_PASTE(muon_update, suffix);
LK_ISAS(X)
#undef X

#endif
