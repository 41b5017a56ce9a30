#include "optim/schedule.h"

#include "base/names.h"

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

double lk_schedule_rate(const lk_schedule *schedule, uint64_t step)
{
	uint64_t last = schedule->steps ? schedule->steps - 1 : 0;
	uint64_t warmup = schedule->warmup, from = warmup;
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
	case LK_SCHEDULE_WSD: {
		uint64_t cooling = (uint64_t)llround(
				schedule->cooldown * (double)schedule->steps);

		if (cooling == 0)
			break;
		if (cooling <= last && last - cooling > from)
			from = last - cooling;
		share = progress(step, from, last);
		break;
	}
	case LK_SCHEDULE_CONSTANT:
	case LK_SCHEDULE_COUNT:
		break;
	}
	return schedule->peak + share * (schedule->least - schedule->peak);
}
