#include "optim/schedule.h"

#include "base/names.h"

#include <assert.h>
#include <math.h>

LK_NAMES(lk_schedule_kind, schedule, LK_SCHEDULES)

/* Share of the way from the peak rate to the least one at this step, when the
 * decay leads from step `from` (0) to step `last` (1). */
static double progress(uint64_t step, uint64_t from, uint64_t last)
{
	if (step <= from)
		return 0;
	return step < last ? (double)(step - from) / (double)(last - from) : 1;
}

/* The step from which wsd falls, or its last one where it does not. */
static uint64_t fall_from(const lk_schedule *schedule, uint64_t last)
{
	uint64_t cooling = (uint64_t)llround(
			schedule->cooldown * (double)schedule->steps);

	if (cooling <= last && last - cooling > schedule->warmup)
		return last - cooling;
	return schedule->warmup;
}

double lk_schedule_rate(const lk_schedule *schedule, uint64_t step)
{
	uint64_t last = schedule->steps ? schedule->steps - 1 : 0;
	uint64_t warmup = schedule->warmup;
	double share = 0;

	step = step < last ? step : last;
	if (step < warmup)
		return schedule->peak * (double)(step + 1) / (double)(warmup + 1);
	switch (schedule->kind) {
	case LK_SCHEDULE_LINEAR:
		share = progress(step, warmup, last);
		break;
	case LK_SCHEDULE_COSINE:
		share = (1 - cos(3.141592653589793 * progress(step, warmup, last))) /
				2;
		break;
	case LK_SCHEDULE_WSD:
		share = progress(step, fall_from(schedule, last), last);
		break;
	case LK_SCHEDULE_CONSTANT:
	case LK_SCHEDULE_COUNT:
		break;
	}
	return schedule->peak + share * (schedule->least - schedule->peak);
}

void lk_schedule_bend(lk_schedule *schedule, uint64_t step, uint64_t steps)
{
	uint64_t warmup = schedule->warmup, last = schedule->steps - 1;
	uint64_t from = fall_from(schedule, last);
	double ratio, most;

	assert(schedule->kind == LK_SCHEDULE_WSD);
	assert(warmup < step && step < last && step + 1 < steps);
	if (step <= from) {
		schedule->steps = steps;
		if (fall_from(schedule, steps - 1) < step)
			schedule->cooldown = (double)(steps - 1 - step) / (double)steps;
		return;
	}
	/* what is left of the fall is the same share of all of it as before */
	ratio = (double)(last - from) / (double)(last - step);
	most = (ratio * (double)step - (double)warmup - 1) / (ratio - 1);
	most = fmax(most, (double)step + 1);
	last = (double)(steps - 1) < most ? steps - 1 : (uint64_t)most;
	schedule->steps = last + 1;
	schedule->cooldown = floor(ratio * (double)(last - step)) / (double)(last + 1);
}
