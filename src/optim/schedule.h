/* optim/schedule.h
 * Learning rate as a function of the step: linear warm-up, then one of
 *   constant  the peak rate
 *   linear    straight line to the least rate at the last step
 *   cosine    half a cosine to the least rate [Loshchilov & Hutter 2017]
 *   wsd       peak until the last `cooldown` share, then linear to the least
 *             rate (warm-up-stable-decay) [Hu et al. 2024, arXiv:2404.06395]
 * Step s (from 0) of warm-up w has rate peak (s + 1) / (w + 1), as nanoGPT. */
#ifndef LK_OPTIM_SCHEDULE_H
#define LK_OPTIM_SCHEDULE_H

#include <stdint.h>

#define LK_SCHEDULES(X) \
	X(CONSTANT, "constant") X(LINEAR, "linear") X(COSINE, "cosine") X(WSD, "wsd")
typedef enum {
#define X(name, text) LK_SCHEDULE_##name,
	LK_SCHEDULES(X)
#undef X
	LK_SCHEDULE_COUNT
} lk_schedule_kind;

typedef struct {
	lk_schedule_kind kind;
	double peak, least;      /* learning rates */
	uint64_t warmup, steps;  /* steps of warm-up, and in all */
	double cooldown;         /* wsd: share of all steps that decays */
} lk_schedule;

const char *lk_schedule_name(lk_schedule_kind kind);
int lk_schedule_find(const char *name); /* -1 where unknown */

/* Rate of step (from 0); after the last step it stays at the last rate. */
double lk_schedule_rate(const lk_schedule *schedule, uint64_t step);

/* Change the length of a wsd schedule on the way, after `step` of its steps, warm-up
 * and more, but not the last one: to `steps` in all, at least step + 2, without a
 * jump. A rate that has begun to fall goes on from where it is, steeper or flatter, to
 * the least at the new end; one that by the new length should have begun, begins now.
 * The cooldown changes with it. Where the fall would have to have begun in the
 * warm-up, the length is less than `steps`. */
void lk_schedule_bend(lk_schedule *schedule, uint64_t step, uint64_t steps);

#endif
