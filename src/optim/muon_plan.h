/* optim/muon_plan.h
 * Which matrices Muon updates, and how threads share them: those that are large
 * one after the other by the whole team, the others one thread each, the
 * costliest first. */
#ifndef LK_OPTIM_MUON_PLAN_H
#define LK_OPTIM_MUON_PLAN_H

#include "base/role.h"
#include "base/tensor.h"
#include "optim/muon.h"

typedef struct {
	lk_muon_matrix *matrix;
	size_t count, together; /* the first so many: by the whole team */
	lk_muon_room *room;     /* one per thread; the team's is the first */
	size_t threads;
	lk_arena arena;
} lk_muon_plan;

/* Matrices of these tensors, by their roles. Fails where a tensor's parts are not
 * all of it. A zeroed plan has none. */
lk_status lk_muon_plan_new(lk_muon_plan *plan, const lk_tensor *parameters,
		const lk_role *roles, size_t count, int threads, lk_error *error);
void lk_muon_plan_free(lk_muon_plan *plan);

/* Bytes of room that a plan takes. */
size_t lk_muon_plan_memory(const lk_tensor *parameters, const lk_role *roles,
		size_t count, int threads);

/* Team, ends with a barrier: update all matrices. Threads beyond the plan's are idle. */
void lk_muon_plan_run(const lk_muon_plan *plan, lk_muon_function *update,
		const lk_slot *slots, const lk_muon_step *step);

#endif
