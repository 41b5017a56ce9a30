#include "optim/muon_plan.h"

#include "base/size.h"

#include <omp.h>
#include <stdlib.h>

/* Matrices of more elements are shared by the team: 16 MB in float, room for
 * which each thread should not need. */
enum { ALONE_MOST = 1 << 22 };

void lk_muon_take(lk_muon_room *room, lk_arena *arena, size_t elements,
		size_t square, size_t rows, size_t nbytes)
{
	room->x = lk_arena_take(arena, elements, nbytes);
	room->y = lk_arena_take(arena, elements, nbytes);
	for (int i = 0; i < LK_MUON_SQUARES; i++)
		room->square[i] = lk_arena_take(arena, square, nbytes);
	room->sums = lk_arena_take(arena, rows, sizeof(double));
}

/* Multiplications of an update, but for a factor. */
static double cost_of(const lk_muon_matrix *m)
{
	double least = (double)lk_least(m->rows, m->columns);

	return least * (17 * least * least + 3 * (double)m->rows * (double)m->columns);
}

static size_t size_of(const lk_muon_matrix *m)
{
	return m->rows * m->columns;
}

/* Large ones first, then by cost; equal ones as they come. */
static int compare(const void *x, const void *y)
{
	const lk_muon_matrix *m = x, *n = y;
	bool m_large = size_of(m) > ALONE_MOST, n_large = size_of(n) > ALONE_MOST;
	double m_cost = cost_of(m), n_cost = cost_of(n);

	if (m_large != n_large)
		return m_large ? -1 : 1;
	if (m_cost != n_cost)
		return m_cost > n_cost ? -1 : 1;
	if (m->slot != n->slot)
		return m->slot < n->slot ? -1 : 1;
	return m->first < n->first ? -1 : m->first > n->first;
}

/* The matrices of all tensors, into matrix unless it is NULL; their number. */
static size_t list(lk_muon_matrix *matrix, const lk_tensor *parameters,
		const lk_role *roles, size_t count)
{
	size_t found = 0;

	for (size_t i = 0; i < count; i++) {
		size_t first = 0;

		for (size_t k = 0; k < LK_ROLE_PARTS && roles[i].part[k]; k++) {
			lk_muon_matrix m = { i, first, roles[i].part[k],
				parameters[i].shape[1] };

			if (matrix)
				matrix[found] = m;
			found++;
			first += size_of(&m);
		}
	}
	return found;
}

/* Room for the matrices from the first on: the first room is the team's too. */
static void take(lk_arena *arena, lk_muon_room *room, const lk_muon_matrix *matrix,
		size_t count, size_t threads, size_t nbytes)
{
	lk_muon_room none;

	for (size_t t = 0; t < threads; t++) {
		size_t elements = 0, square = 0, rows = 0;

		for (size_t i = 0; i < count; i++) {
			const lk_muon_matrix *m = &matrix[i];
			size_t least = lk_least(m->rows, m->columns);

			if (t > 0 && size_of(m) > ALONE_MOST)
				continue;
			elements = lk_most(elements, size_of(m));
			square = lk_most(square, least * least);
			rows = lk_most(rows, m->rows);
		}
		lk_muon_take(room ? &room[t] : &none, arena, elements, square, rows,
				nbytes);
	}
}

static lk_status check(const lk_tensor *parameters, const lk_role *roles, size_t count,
		lk_error *error)
{
	for (size_t i = 0; i < count; i++) {
		size_t rows = 0;

		for (size_t k = 0; k < LK_ROLE_PARTS; k++)
			rows += roles[i].part[k];
		if (rows && (parameters[i].rank != 2 || rows != parameters[i].shape[0]))
			return lk_fail(error, LK_RANGE,
					"%s has %zu rows, its parts have %zu together",
					parameters[i].name, parameters[i].shape[0], rows);
	}
	return LK_OK;
}

lk_status lk_muon_plan_new(lk_muon_plan *plan, const lk_tensor *parameters,
		const lk_role *roles, size_t count, int threads, lk_error *error)
{
	size_t nbytes = lk_dtype_nbytes(parameters->dtype);
	lk_status status = check(parameters, roles, count, error);

	*plan = (lk_muon_plan){ 0 };
	if (status)
		return status;
	plan->count = list(NULL, parameters, roles, count);
	plan->threads = lk_least((size_t)threads, lk_most(1, plan->count));
	plan->matrix = calloc(plan->count + 1, sizeof *plan->matrix);
	plan->room = calloc(plan->threads, sizeof *plan->room);
	if (!plan->matrix || !plan->room) {
		lk_muon_plan_free(plan);
		return lk_fail(error, LK_NOMEM, "out of memory");
	}
	list(plan->matrix, parameters, roles, count);
	qsort(plan->matrix, plan->count, sizeof *plan->matrix, compare);
	while (plan->together < plan->count &&
			size_of(&plan->matrix[plan->together]) > ALONE_MOST)
		plan->together++;
	take(&plan->arena, NULL, plan->matrix, plan->count, plan->threads, nbytes);
	status = lk_arena_reserve(&plan->arena, "the optimiser's work", error);
	if (status)
		lk_muon_plan_free(plan);
	else
		take(&plan->arena, plan->room, plan->matrix, plan->count,
				plan->threads, nbytes);
	return status;
}

void lk_muon_plan_free(lk_muon_plan *plan)
{
	lk_arena_release(&plan->arena);
	free(plan->matrix);
	free(plan->room);
	*plan = (lk_muon_plan){ 0 };
}

size_t lk_muon_plan_memory(const lk_tensor *parameters, const lk_role *roles,
		size_t count, int threads)
{
	size_t found = list(NULL, parameters, roles, count);
	lk_muon_matrix *matrix = calloc(found + 1, sizeof *matrix);
	lk_arena arena = { 0 };

	if (!matrix)
		return 0;
	list(matrix, parameters, roles, count);
	take(&arena, NULL, matrix, found,
			lk_least((size_t)threads, lk_most(1, found)),
			lk_dtype_nbytes(parameters->dtype));
	free(matrix);
	return arena.used;
}

/* In a team of one: the worksharing loops of an update then share nothing. */
static void run_alone(const lk_muon_plan *plan, size_t i, size_t room,
		lk_muon_function *update, const lk_slot *slots,
		const lk_muon_step *step)
{
	#pragma omp parallel num_threads(1)
	update(slots, &plan->matrix[i], &plan->room[room], step);
}

void lk_muon_plan_run(const lk_muon_plan *plan, lk_muon_function *update,
		const lk_slot *slots, const lk_muon_step *step)
{
	size_t thread = (size_t)omp_get_thread_num();

	for (size_t i = 0; i < plan->together; i++)
		update(slots, &plan->matrix[i], &plan->room[0], step);
	if ((size_t)omp_get_num_threads() <= plan->threads) {
		#pragma omp for schedule(dynamic, 1)
		for (size_t i = plan->together; i < plan->count; i++)
			run_alone(plan, i, thread, update, slots, step);
		return;
	}
	#pragma omp for schedule(static, 1) /* threads without a room are idle */
	for (size_t room = 0; room < plan->threads; room++)
		for (size_t i = plan->together + room; i < plan->count;
				i += plan->threads)
			run_alone(plan, i, room, update, slots, step);
}
